/** Builds a value on the first call and gives the same one ever after: clients stay out of a cold start that does not need them. */
export function once<Value>(build: () => Value): () => Value {
  let built: { value: Value } | undefined;
  return () => {
    built ??= { value: build() };
    return built.value;
  };
}
