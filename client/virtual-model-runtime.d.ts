declare module "virtual:model-runtime" {
  /** Path of the compressed WebAssembly file. */
  export const path: string;
  /** SHA-256 of the compressed file, in hexadecimal. */
  export const sha256: string;
  export const bytes: number;
}
