-- Return the tenant that the connection was given; no policy lets a row pass without one.
CREATE FUNCTION ballast_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('ballast.tenant', true), '')::uuid;
