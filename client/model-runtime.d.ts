declare module "virtual:model-runtime" {
  /** Where the compressed WebAssembly lies. */
  export const path: string;
  /** Of the compressed file. */
  export const sha256: string;
  export const bytes: number;
}
