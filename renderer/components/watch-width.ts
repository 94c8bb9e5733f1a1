import type { Attachment } from 'svelte/attachments';

/**
 * Tells the width of an element in CSS px, first and whenever it changes. A frame later: what is drawn to a width may change the
 * height of what is watched, and the browser complains of that within one frame.
 */
export function watchWidth(told: (width: number) => void): Attachment<HTMLElement> {
  return (element) => {
    let frame = 0;
    const observer = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => told(element.clientWidth));
    });
    told(element.clientWidth);
    observer.observe(element);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  };
}
