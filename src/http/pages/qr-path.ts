import QRCode from 'qrcode';

/** Light modules around the code, inside the picture (FC-29, ISO/IEC 18004). */
const MARGIN_MODULES = 4;

/** A QR code for a page that draws it itself: as wide as high, its dark modules as one SVG path. */
export interface QrPath {
  /** Modules from side to side, the light margin included. */
  readonly size: number;
  readonly path: string;
}

/** A QR code of level M as the path of an inline SVG, which a page of a thousand codes can bear. */
export function qrPath(text: string): QrPath {
  const { modules } = QRCode.create(text, { errorCorrectionLevel: 'M' });
  const rows = Array.from({ length: modules.size }, (_, y) => rowPath(modules, y));
  return { size: modules.size + 2 * MARGIN_MODULES, path: rows.join('') };
}

interface Modules {
  readonly size: number;
  get(row: number, column: number): number | boolean;
}

/** Neighbours are one bar, so that no printer leaves a seam between them. */
function rowPath(modules: Modules, y: number): string {
  let path = '';
  for (let x = 0; x < modules.size; x += 1) {
    const from = x;
    while (x < modules.size && modules.get(y, x)) x += 1;
    const width = x - from;
    if (width > 0) path += `M${from + MARGIN_MODULES} ${y + MARGIN_MODULES}h${width}v1h-${width}z`;
  }
  return path;
}
