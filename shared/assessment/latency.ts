/** SOP P1: "Increased latency (>1 second)". */
export const DEGRADED_LATENCY_MILLIS = 1000;
