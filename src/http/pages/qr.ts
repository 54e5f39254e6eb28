import QRCode from 'qrcode';

/** Light modules around the code, inside the picture (FC-29, ISO/IEC 18004). */
const MARGIN_MODULES = 4;

/** From here on a denser code is the greater trouble than a scratch. */
const LONG_TEXT_CHARACTERS = 400;

/**
 * A QR code as SVG, dark on a light ground of its own whatever the theme around it (FC-29). Text in
 * upper case takes the alphanumeric mode and makes a smaller code (checklist LUD01-2).
 */
export async function qrSvg(text: string): Promise<string> {
  return await QRCode.toString(text, {
    type: 'svg',
    margin: MARGIN_MODULES,
    errorCorrectionLevel: text.length > LONG_TEXT_CHARACTERS ? 'L' : 'M',
    color: { dark: '#000000ff', light: '#ffffffff' },
  });
}

const KEPT_CODES = 500;

/** `qrSvg` that remembers the codes that were asked for last. */
export function rememberedQr(keep = KEPT_CODES, draw = qrSvg): (text: string) => Promise<string> {
  const kept = new Map<string, string>();
  return async (text) => {
    const svg = kept.get(text) ?? (await draw(text));
    // A map remembers the order of its entries: the first one is the one not asked for the longest.
    kept.delete(text);
    kept.set(text, svg);
    const [oldest] = kept.keys();
    if (kept.size > keep && oldest !== undefined) kept.delete(oldest);
    return svg;
  };
}
