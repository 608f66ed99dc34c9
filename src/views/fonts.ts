/** The fonts of the package: a bare machine has none, and pictures would hold no text. */
import { fileURLToPath } from 'node:url';

/** Files of the fonts for pictures. */
export const FONTS = ['Inter-Regular.ttf', 'Inter-SemiBold.ttf'].map((name) =>
  fileURLToPath(new URL(`../../assets/fonts/${name}`, import.meta.url)),
);
