const HTTP_STATUS = {
  DBInstanceNotFound: 404,
  DBInstanceAutomatedBackupNotFound: 404,
  DBParameterGroupNotFound: 404,
  DBSubnetGroupNotFoundFault: 404,
  DBLogFileNotFoundFault: 404,
  DBProxyNotFoundFault: 404,
  DBSubnetGroupNotAllowedFault: 400,
  DBProxyTargetGroupNotFoundFault: 404,
  DBProxyTargetNotFoundFault: 404,
  DBProxyTargetAlreadyRegisteredFault: 400,
  DBClusterNotFoundFault: 404,
  DBClusterParameterGroupNotFound: 404,
  DBClusterAlreadyExistsFault: 400,
  DBClusterQuotaExceededFault: 403,
  InvalidDBClusterStateFault: 400,
  DBInstanceAlreadyExists: 400,
  InvalidDBInstanceState: 400,
  InvalidRestoreFault: 400,
  PointInTimeRestoreNotEnabled: 400,
  InstanceQuotaExceeded: 400,
  StorageQuotaExceeded: 400,
  InsufficientDBInstanceCapacity: 400,
  KMSKeyNotAccessibleFault: 400,
  InvalidParameterValue: 400,
  InvalidParameterCombination: 400,
  MissingParameter: 400,
  InvalidAction: 400,
  InternalFailure: 500,
} as const;

/** An error code of the RDS Query API, as it stands on the wire. */
export type RdsErrorCode = keyof typeof HTTP_STATUS;

/** A request that RDS refuses, with the code by which SDKs choose their exception class. */
export class RdsRequestRefused extends Error {
  override readonly name = 'RdsRequestRefused';
  readonly code: RdsErrorCode;

  /** @param code as in the RDS API reference under "Errors". */
  constructor(code: RdsErrorCode, message: string) {
    super(message);
    this.code = code;
  }

  /** The HTTP status that RDS answers with. */
  get httpStatus(): number {
    return HTTP_STATUS[this.code];
  }
}
