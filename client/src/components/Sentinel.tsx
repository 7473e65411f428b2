import { useEffect, useRef } from "preact/hooks";

/** About two screens ahead, so that the next page is there before the person is. */
const AHEAD = "1200px";

/** The end of a list: asks for more when it comes near. A button does the same without scrolling. */
export function Sentinel({ onSight }: { onSight: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) onSight();
      },
      { rootMargin: AHEAD },
    );
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, [onSight]);
  return (
    <div ref={element} class="sentinel">
      <button type="button" class="quiet-button" onClick={onSight}>
        Show more
      </button>
    </div>
  );
}
