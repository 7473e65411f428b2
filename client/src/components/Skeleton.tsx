/** Lines in the shape of what is coming; they stay invisible for the first 300 ms. */
export function Skeleton({ items = 3 }: { items?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: items }, (_, index) => (
        <div key={index} class="skeleton-item">
          <span class="skeleton-line short" />
          <span class="skeleton-line title" />
          <span class="skeleton-line" />
          <span class="skeleton-line mid" />
        </div>
      ))}
    </div>
  );
}
