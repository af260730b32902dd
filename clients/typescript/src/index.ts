export { Client, type ClientOptions, type FollowOptions, type ImportedFile } from "./client.js";
export {
  Items,
  type Base,
  type ItemTypes,
  type ReadOptions,
  type TypedItem,
  type WriteOptions,
} from "./items.js";
export {
  LiveChannel,
  type Followed,
  type Listener,
  type LiveNotification,
  type LiveOptions,
} from "./live.js";
export { ExactNumber, parseJson, stringifyJson, type JsonValue } from "./numbers.js";
export { segment } from "./paths.js";
export {
  FailedError,
  ProblemError,
  type Fault,
  type ProblemKind,
  type ProblemType,
} from "./problems.js";
export type { RetryOptions } from "./retries.js";
export type { TokenProvider, TransportOptions } from "./transport.js";
export type { Answer, Arguments, Data, Entry, OperationName, Operations, PagedName, Schemas } from "./types.js";
export type { components, operations, paths } from "./generated/schema.js";
