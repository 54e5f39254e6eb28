/** The operator must change something before the server can start: every mistake, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(['The configuration is not usable:', ...mistakes].join('\n  '));
    this.mistakes = mistakes;
  }
}
