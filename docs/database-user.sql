-- The database users of the recovery. Run it once as the master user, connected to the platform's database; running it again
-- changes nothing. All sign in by IAM, have no password and own nothing; only the last one can write to the platform's tables.
-- On a restored copy they are there already: users are part of the data.

-- Heap and index verification of the restored copy. On RDS the master user may create this extension.
CREATE EXTENSION IF NOT EXISTS amcheck;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'testudo_recovery') THEN
    CREATE ROLE testudo_recovery LOGIN;
  END IF;
END $$;

-- Sign-in by IAM token (RDS User Guide, "Creating a database account using IAM authentication"). RDS makes the role.
GRANT rds_iam TO testudo_recovery;

-- Sees what all sessions do, and all settings.
GRANT pg_monitor TO testudo_recovery;
-- Counts and checks the declared tables, whoever owns them.
GRANT pg_read_all_data TO testudo_recovery;
-- Ends sessions of ordinary users; never those of superusers.
GRANT pg_signal_backend TO testudo_recovery;

-- Gets a connection when ordinary users get none any more: needs reserved_connections of at least 8 in the parameter group, since
-- the two probes, the diagnostics and the assessments run side by side, and a proof takes two sessions. PostgreSQL 16 and later.
GRANT pg_use_reserved_connections TO testudo_recovery;
-- Refreshes the planner's statistics (ANALYZE). PostgreSQL 17 and later; before that the optimisation says that it could not.
DO $$
BEGIN
  IF current_setting('server_version_num')::int >= 170000 THEN
    GRANT pg_maintain TO testudo_recovery;
  END IF;
END $$;

-- A restored copy has the passwords of the restore moment. This function, and nothing else, lets the recovery give an application its
-- present password: only members of testudo_applications (grant it to each user of the platform that signs in by password), only a
-- SCRAM verifier, never a role that can do more than an application. The master user must have made those users, or have ADMIN
-- OPTION on them. The recovery user itself still can neither create nor alter a role.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'testudo_applications') THEN
    CREATE ROLE testudo_applications NOLOGIN;
  END IF;
END $$;
CREATE SCHEMA IF NOT EXISTS testudo_recovery;
GRANT USAGE ON SCHEMA testudo_recovery TO testudo_recovery;
CREATE OR REPLACE FUNCTION testudo_recovery.adopt_password(login name, verifier text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF verifier !~ '^SCRAM-SHA-256[$][0-9]+:[A-Za-z0-9+/=]+[$][A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$' THEN
    RAISE EXCEPTION 'verifier: must be a SCRAM-SHA-256 verifier' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  IF NOT EXISTS (
    SELECT FROM pg_roles AS role JOIN pg_auth_members AS membership ON membership.member = role.oid
    WHERE role.rolname = login AND membership.roleid = 'testudo_applications'::regrole AND role.rolcanlogin
      AND NOT (role.rolsuper OR role.rolcreaterole OR role.rolcreatedb OR role.rolreplication OR role.rolbypassrls)
  ) THEN
    RAISE EXCEPTION 'login: % is no member of testudo_applications that can only sign in', login
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  EXECUTE format('ALTER ROLE %I PASSWORD %L', login, verifier);
END $$;
REVOKE ALL ON FUNCTION testudo_recovery.adopt_password(name, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION testudo_recovery.adopt_password(name, text) TO testudo_recovery;

-- A restored copy wakes up with everything that ran by itself on its source. This function switches off, on the copy, what would
-- change data or pull it from elsewhere: subscriptions of this database, and jobs of pg_cron where its table is here. What was switched
-- off stands in the table, by the life of the database that it was switched off in. The master user must own the subscriptions.
CREATE TABLE IF NOT EXISTS testudo_recovery.quieted (
  timeline_id integer NOT NULL,
  kind text NOT NULL,
  name text NOT NULL,
  quieted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (timeline_id, kind, name)
);
CREATE OR REPLACE FUNCTION testudo_recovery.quiet_copy() RETURNS TABLE (kind text, name text, state text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  -- The control file names the timeline of the source until the first checkpoint of the copy.
  life integer := ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer;
  found record;
BEGIN
  FOR found IN
    SELECT subname AS name, subdbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AS here
    FROM pg_subscription WHERE subenabled
  LOOP
    BEGIN
      IF NOT found.here THEN
        RAISE EXCEPTION 'it belongs to another database' USING ERRCODE = 'insufficient_privilege';
      END IF;
      EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', found.name);
      INSERT INTO testudo_recovery.quieted VALUES (life, 'subscription', found.name) ON CONFLICT DO NOTHING;
    EXCEPTION WHEN insufficient_privilege THEN
      RETURN QUERY SELECT 'subscription', found.name::text, 'awake';
    END;
  END LOOP;
  IF to_regclass('cron.job') IS NOT NULL THEN
    BEGIN
      FOR found IN EXECUTE 'UPDATE cron.job SET active = false WHERE active RETURNING coalesce(jobname, jobid::text) AS name' LOOP
        INSERT INTO testudo_recovery.quieted VALUES (life, 'job', found.name) ON CONFLICT DO NOTHING;
      END LOOP;
      -- Only a superuser sees the jobs of others for certain.
      IF row_security_active('cron.job') THEN
        RETURN QUERY SELECT 'job', 'of other users than ' || current_user, 'hidden';
      END IF;
    EXCEPTION WHEN insufficient_privilege THEN
      RETURN QUERY SELECT 'job', 'of all users', 'hidden';
    END;
  END IF;
  RETURN QUERY SELECT kind, name, 'quieted' FROM testudo_recovery.quieted WHERE timeline_id = life;
END $$;
REVOKE ALL ON FUNCTION testudo_recovery.quiet_copy() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION testudo_recovery.quiet_copy() TO testudo_recovery;

-- amcheck lets superusers only, unless it is told otherwise.
DO $$
DECLARE
  check_function regprocedure;
BEGIN
  FOR check_function IN
    SELECT member.objid::regprocedure FROM pg_depend AS member
    WHERE member.refclassid = 'pg_extension'::regclass AND member.classid = 'pg_proc'::regclass AND member.deptype = 'e'
      AND member.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'amcheck')
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO testudo_recovery', check_function);
  END LOOP;
END $$;

-- Reads the write-ahead log to find the transaction that did damage: the two functions, and not every file of the server. Where
-- the server does not offer the extension (SHOW rds.extensions on RDS; PostgreSQL 16 or later is needed) or does not let it be
-- granted, commit timestamps and baselines have to do.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_walinspect;
  GRANT EXECUTE ON FUNCTION pg_get_wal_block_info(pg_lsn, pg_lsn, boolean) TO testudo_recovery;
  GRANT EXECUTE ON FUNCTION pg_get_wal_records_info(pg_lsn, pg_lsn) TO testudo_recovery;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'the write-ahead log cannot be searched: %', SQLERRM;
END $$;

-- Reads the hot pages of a restored copy before clients come. Where the server does not offer it, scans have to do.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_prewarm;
EXCEPTION WHEN OTHERS THEN
  RAISE NOTICE 'a restored copy is warmed up by scans: %', SQLERRM;
END $$;

-- The fence of a database that is being replaced: nobody but the recovery signs in any more, whatever the network still lets through.
-- The privileges are kept in the same transaction that takes them, so that opening gives back exactly these. Both functions run with
-- the rights of whoever runs this file, who must own the database; the recovery may call them and nothing else.
CREATE SCHEMA IF NOT EXISTS testudo_fence;
CREATE TABLE IF NOT EXISTS testudo_fence.revoked (grantee oid PRIMARY KEY, grantable boolean NOT NULL);
CREATE TABLE IF NOT EXISTS testudo_fence.attempts (attempted_at timestamptz NOT NULL DEFAULT clock_timestamp());

DO $$
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO testudo_recovery', current_database());
END $$;

CREATE OR REPLACE FUNCTION testudo_fence.close_database() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held record;
BEGIN
  FOR held IN
    SELECT acl.grantee, bool_or(acl.is_grantable) AS grantable
    FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS acl
    WHERE datname = current_database() AND acl.privilege_type = 'CONNECT' AND acl.grantee <> 'testudo_recovery'::regrole
    GROUP BY acl.grantee
  LOOP
    INSERT INTO testudo_fence.revoked VALUES (held.grantee, held.grantable) ON CONFLICT (grantee) DO NOTHING;
    EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %s CASCADE', current_database(),
                   CASE held.grantee WHEN 0 THEN 'PUBLIC' ELSE held.grantee::regrole::text END);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION testudo_fence.open_database() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held record;
BEGIN
  FOR held IN DELETE FROM testudo_fence.revoked RETURNING grantee, grantable LOOP
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %s%s', current_database(),
                   CASE held.grantee WHEN 0 THEN 'PUBLIC' ELSE held.grantee::regrole::text END,
                   CASE WHEN held.grantable THEN ' WITH GRANT OPTION' ELSE '' END);
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION testudo_fence.close_database(), testudo_fence.open_database() FROM PUBLIC;
GRANT USAGE ON SCHEMA testudo_fence TO testudo_recovery;
GRANT EXECUTE ON FUNCTION testudo_fence.close_database(), testudo_fence.open_database() TO testudo_recovery;

-- Stands where an application stands: signs in by what the database grants to all, and can write. The recovery tries the fence with it.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'testudo_probe') THEN
    CREATE ROLE testudo_probe LOGIN;
  END IF;
END $$;
GRANT rds_iam TO testudo_probe;
GRANT USAGE ON SCHEMA testudo_fence TO testudo_probe;
GRANT INSERT ON testudo_fence.attempts TO testudo_probe;

-- The third user writes what is salvaged after a restore, and nothing else of the recovery may sign in as it. It can insert and
-- update, never delete. Run this again after tables were added, and once for each further schema that the platform data names.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'testudo_salvage') THEN
    CREATE ROLE testudo_salvage LOGIN;
  END IF;
END $$;

GRANT rds_iam TO testudo_salvage;
GRANT pg_read_all_data TO testudo_salvage;
-- Tells the restored copy from the database that it replaces.
GRANT pg_monitor TO testudo_salvage;
GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO testudo_salvage;
-- Numbers that the damaged database has given out are not given out again.
GRANT UPDATE ON ALL SEQUENCES IN SCHEMA public TO testudo_salvage;
