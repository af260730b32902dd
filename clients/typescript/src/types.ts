/** Types of each operation's arguments and answers, taken from the description of the API. */

import type { OPERATIONS } from "./generated/operations.js";
import type { components, operations } from "./generated/schema.js";

export type Schemas = components["schemas"];

/** The name of an operation, as `operationId` has it. */
export type OperationName = keyof typeof OPERATIONS & keyof operations;

type WithoutNever<T> = { [K in keyof T as [T[K]] extends [never] ? never : K]: T[K] };
type IsOptional<T> = object extends T ? true : false;
type Optionally<Name extends string, T> = [T] extends [never]
  ? object
  : IsOptional<T> extends true
    ? { [K in Name]?: T }
    : { [K in Name]: T };

type ParametersOf<K extends OperationName> = operations[K]["parameters"];
type PathOf<K extends OperationName> = Omit<ParametersOf<K>["path"], "tenant">;
type QueryOf<K extends OperationName> = NonNullable<ParametersOf<K>["query"]>;
type HeadersOf<K extends OperationName> = NonNullable<ParametersOf<K>["header"]>;
type BodyOf<K extends OperationName> = operations[K] extends { requestBody: infer B }
  ? ContentOf<B>
  : operations[K] extends { requestBody?: infer B }
    ? ContentOf<NonNullable<B>> | undefined
    : never;
type ContentOf<B> = B extends { content: { "application/json": infer J } } ? J : never;

/** What an operation takes: the parameters of its path but for the tenant, and its body. */
export type Arguments<K extends OperationName> = Optionally<"path", PathOf<K>> &
  (keyof QueryOf<K> extends never ? object : { query?: QueryOf<K> }) &
  (keyof HeadersOf<K> extends never ? object : { headers?: HeadersOf<K> }) &
  ([BodyOf<K>] extends [never]
    ? object
    : undefined extends BodyOf<K>
      ? { body?: BodyOf<K> }
      : { body: BodyOf<K> }) & { signal?: AbortSignal };

type GoodStatus = 200 | 201 | 202 | 204 | 304;
type GoodReplies<K extends OperationName> = WithoutNever<
  Pick<operations[K]["responses"], keyof operations[K]["responses"] & GoodStatus>
>;

/** The body of an operation's good answers; undefined of 204 and 304. */
export type Data<K extends OperationName> = {
  [S in keyof GoodReplies<K>]: GoodReplies<K>[S] extends { content: { "application/json": infer J } }
    ? J
    : undefined;
}[keyof GoodReplies<K>];

/** An answer to an operation. */
export interface Answer<K extends OperationName> {
  readonly status: keyof GoodReplies<K> & number;
  readonly data: Data<K>;
  /** The version of an item, as `If-Match` takes it. */
  readonly etag: string | undefined;
  /** The path of what was made, which {@link Client.applied} and {@link Client.ended} follow. */
  readonly location: string | undefined;
  readonly headers: Headers;
}

/** Each operation as a method of its name. */
export type Operations = {
  readonly [K in OperationName]: IsOptional<Arguments<K>> extends true
    ? (given?: Arguments<K>) => Promise<Answer<K>>
    : (given: Arguments<K>) => Promise<Answer<K>>;
};

type Table = typeof OPERATIONS;
/** An operation that answers with pages. */
export type PagedName = {
  [K in OperationName]: Table[K]["page"] extends null ? never : K;
}[OperationName];
type EntriesOf<K extends PagedName> = NonNullable<Table[K]["page"]>["entries"];
/** An entry of an operation's pages. */
export type Entry<K extends PagedName> =
  NonNullable<Data<K>> extends infer P
    ? P extends Record<EntriesOf<K>, readonly (infer E)[]>
      ? E
      : never
    : never;
