/** What makes the configuration of one cluster its own. */
export interface ClusterSettings {
  /** Directory of the Unix socket, the only way in: TCP and TLS are the endpoint's business. */
  socketDirectory: string;
  /** Where complete WAL segments go; never shared with another cluster. */
  archiveDirectory: string;
  /** Values of the instance's parameter group, by PostgreSQL setting. */
  parameters: Readonly<Record<string, string>>;
}

/** The database and role that RDS keeps for itself on every instance. */
export const RDS_ADMIN = 'rdsadmin';

/** WAL segments are small, so that switching to a new one every few seconds does not fill the disk. */
export const WAL_SEGMENT_MEBIBYTES = 4;

/**
 * The configuration file of a cluster.
 *
 * `fsync` stays on and commits stay synchronous: an acknowledged commit survives a crash, as it does in RDS. WAL is
 * archived by PostgreSQL's own `basic_archive` module instead of a shell command: it writes a temporary file,
 * syncs it, renames it, and refuses to replace an archived segment by a different one.
 */
export function postgresConfiguration(settings: ClusterSettings): string {
  const values: Record<string, string> = {
    max_connections: '100',
    reserved_connections: '2',
    shared_buffers: '32MB',
    max_wal_size: '512MB',
    min_wal_size: '32MB',
    checkpoint_timeout: '15min',
    // Enough for the length of a rehearsal: the log is searched for what did the damage.
    wal_keep_size: '256MB',
    shared_preload_libraries: 'pg_stat_statements',
    track_commit_timestamp: 'on',
    password_encryption: 'scram-sha-256',
    ...settings.parameters,
    listen_addresses: '',
    unix_socket_directories: settings.socketDirectory,
    unix_socket_permissions: '0700',
    wal_level: settings.parameters.wal_level ?? 'replica',
    archive_mode: 'on',
    archive_library: 'basic_archive',
    'basic_archive.archive_directory': settings.archiveDirectory,
    max_wal_senders: '4',
    hot_standby: 'on',
    log_line_prefix: '%t:%r:%u@%d:[%p]:',
    log_timezone: 'UTC',
    timezone: 'UTC',
    datestyle: 'iso',
    allow_alter_system: 'off',
  };
  return renderSettings(values);
}

/** Renders settings as PostgreSQL reads them, with every value quoted. */
export function renderSettings(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} = ${quoteSetting(value)}\n`)
    .join('');
}

function quoteSetting(value: string): string {
  return `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
}

/**
 * Who may sign in, and how. The socket lies in a directory that only the server's account may enter. Users that sign
 * in by IAM have no password: the endpoint has checked their token before it opens the connection.
 */
export function clientAuthentication(iamUsers: readonly string[]): string {
  const tokenUsers = iamUsers.map((user) => `"${user.replaceAll('"', '""')}"`).join(',');
  return [
    `local replication ${RDS_ADMIN} scram-sha-256`,
    `local all ${RDS_ADMIN} scram-sha-256`,
    ...(tokenUsers ? [`local all ${tokenUsers} trust`] : []),
    'local all all scram-sha-256',
    '',
  ].join('\n');
}
