import { toString as render } from 'qrcode';

/** Black on white from the fixed part of the palette, which no theme recolours. */
const GROUND = '\x1b[38;5;16;48;5;231m';
const PLAIN = '\x1b[0m';

/** The quiet zone that scanners want around a code. */
const MARGIN_MODULES = 4;

/**
 * A QR code for the terminal, two modules a character. It brings its own ground and margin, so that
 * it can be scanned on a dark and on a light terminal alike (FC-29).
 */
export async function terminalQr(text: string): Promise<string> {
  const code = await render(text, {
    type: 'utf8',
    errorCorrectionLevel: 'M',
    margin: MARGIN_MODULES,
  });
  const lines = code.split('\n').map((line) => `${GROUND}${line}${PLAIN}\n`);
  return lines.join('');
}
