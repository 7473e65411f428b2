/** Says how much room is left once little of it is. */
export function Counter({ length, limit }: { length: number; limit: number }) {
  const left = limit - length;
  if (left > limit * 0.1) return null;
  return (
    <span class={left === 0 ? "counter full" : "counter"} role="status">
      {left.toLocaleString("en")} left
    </span>
  );
}
