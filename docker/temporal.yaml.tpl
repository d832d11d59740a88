# enable-template
#
# The Temporal server of docker-compose.yml: all of its services in one process, on PostgreSQL. The line above makes the
# server (1.29 and later) render this file, with sprig's functions, before it reads it.

log:
  stdout: true
  level: {{ env "LOG_LEVEL" | default "warn" }}

persistence:
  # Fixed for the life of the database. Far more than releases need, and few enough to be idle cheaply.
  numHistoryShards: 64
  defaultStore: default
  visibilityStore: visibility
  datastores:
    default:
      sql:
        pluginName: postgres12
        databaseName: temporal
        connectAddr: {{ printf "%s:%s" (env "SQL_HOST") (env "SQL_PORT") | quote }}
        connectProtocol: tcp
        user: {{ env "SQL_USER" | quote }}
        password: {{ env "SQL_PASSWORD" | quote }}
        maxConns: 20
        maxIdleConns: 20
        maxConnLifetime: 1h
    visibility:
      sql:
        pluginName: postgres12
        databaseName: temporal_visibility
        connectAddr: {{ printf "%s:%s" (env "SQL_HOST") (env "SQL_PORT") | quote }}
        connectProtocol: tcp
        user: {{ env "SQL_USER" | quote }}
        password: {{ env "SQL_PASSWORD" | quote }}
        maxConns: 10
        maxIdleConns: 10
        maxConnLifetime: 1h

global:
  membership:
    maxJoinDuration: 30s
    # The services are one process: they talk to each other on loopback, and nobody else can.
    broadcastAddress: 127.0.0.1

services:
  frontend:
    rpc:
      grpcPort: 7233
      membershipPort: 6933
      bindOnIP: {{ env "FRONTEND_BIND_ON_IP" | default "127.0.0.1" | quote }}
  history:
    rpc:
      grpcPort: 7234
      membershipPort: 6934
      bindOnIP: 127.0.0.1
  matching:
    rpc:
      grpcPort: 7235
      membershipPort: 6935
      bindOnIP: 127.0.0.1
  worker:
    rpc:
      grpcPort: 7239
      membershipPort: 6939
      bindOnIP: 127.0.0.1

clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation:
    active:
      enabled: true
      initialFailoverVersion: 1
      rpcName: frontend
      rpcAddress: 127.0.0.1:7233

dcRedirectionPolicy:
  policy: noop
