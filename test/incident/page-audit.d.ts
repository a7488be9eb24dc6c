/** What is wrong with the page for somebody who cannot see it. Empty when nothing was found. */
export function findAccessibilityFaults(): string[];

/** Each text that stands out too little from what lies behind it (WCAG 2.2 AA: 4.5 to 1). */
export function findWeakContrast(): string[];

/** Every attribute that would run a script. */
export function findEventHandlers(): string[];

/** How far the page reaches beyond the window. */
export function horizontalOverflowPixels(): number;
