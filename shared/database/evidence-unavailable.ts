/** The server keeps no record of what its transactions did, or does not show it; the message says what is missing. */
export class EvidenceUnavailable extends Error {
  override readonly name = 'EvidenceUnavailable';
}
