import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import type { ModelShape } from "./model-worker-client";
import type { Model, ModelOutput } from "./text-reader";
import { type TokenizerFile, WordPiece } from "./tokenizer/wordpiece";

/** The loaded model. It runs on one thread: a second one was no faster and needs cross-origin isolation. */
export class OnnxModel implements Model {
  private constructor(
    private readonly session: InferenceSession,
    private readonly tokenizer: WordPiece,
    private readonly shape: ModelShape,
  ) {}

  static async load(runtime: ArrayBuffer, model: ArrayBuffer, tokenizer: ArrayBuffer, shape: ModelShape) {
    env.wasm.wasmBinary = runtime;
    env.wasm.numThreads = 1;
    env.logLevel = "error";
    const file = JSON.parse(new TextDecoder().decode(tokenizer)) as TokenizerFile;
    const session = await InferenceSession.create(new Uint8Array(model), { executionProviders: ["wasm"] });
    return new OnnxModel(session, new WordPiece(file), shape);
  }

  tokens(text: string): readonly number[] {
    return this.tokenizer.encode(text, this.shape.maxTokens);
  }

  /** Runs the model on one text, without batching, so that the scores do not depend on other texts. */
  async run(tokens: readonly number[]): Promise<ModelOutput> {
    const ids = BigInt64Array.from(tokens, BigInt);
    const shape = [1, ids.length];
    const { vector, scores } = await this.session.run({
      input_ids: new Tensor("int64", ids, shape),
      attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), shape),
      token_type_ids: new Tensor("int64", new BigInt64Array(ids.length), shape),
    });
    return { vector: this.numbers(vector, this.shape.dimensions), scores: this.named(scores) };
  }

  private named(scores: Tensor | undefined): ModelOutput["scores"] {
    const values = this.numbers(scores, this.shape.scores.length);
    return Object.fromEntries(this.shape.scores.map((name, column) => [name, values[column] ?? 0]));
  }

  private numbers(output: Tensor | undefined, length: number): Float32Array<ArrayBuffer> {
    const data = output?.data;
    if (!(data instanceof Float32Array) || data.length !== length) {
      throw new TypeError("the shape of the output does not match the manifest");
    }
    return new Float32Array(data);
  }
}
