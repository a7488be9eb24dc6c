/** The same signal came again after its incident was closed: nothing is opened twice. */
export class DuplicateSignal extends Error {
  override readonly name = 'DuplicateSignal';
}

/** Not one of the emergency contacts could be told, by no channel. */
export class NotificationFailed extends Error {
  override readonly name = 'NotificationFailed';
}

/** No incident of that id has a timeline. */
export class IncidentUnknown extends Error {
  override readonly name = 'IncidentUnknown';
}

/** Another execution asks for approval of the same incident: it leads, and this one ends without asking again. */
export class ApprovalAlreadyRequested extends Error {
  override readonly name = 'ApprovalAlreadyRequested';
}
