/** The trading state was changed by somebody else meanwhile: the decision to resume rests on an old view and is refused. */
export class TradingEpochChanged extends Error {
  override readonly name = 'TradingEpochChanged';
}

/** Trading services were told to stop, but the state could not be stored; the state machine tries again. */
export class HaltNotDurable extends Error {
  override readonly name = 'HaltNotDurable';
}

/** Resuming was asked for without what it needs: proof, approvals, or a halted state. */
export class ResumeRefused extends Error {
  override readonly name = 'ResumeRefused';
}

/** Trading stands still although the incident was about to be closed: somebody has halted it again meanwhile. */
export class TradingHaltedAgain extends Error {
  override readonly name = 'TradingHaltedAgain';
}
