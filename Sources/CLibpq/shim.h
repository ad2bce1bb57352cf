#pragma once
#include <libpq-fe.h>
#include <netdb.h>

static inline void portolan_pq_ignore_notice(void *context, const PGresult *result) {
    (void)context;
    (void)result;
}

/// Drops notices, which libpq would print to standard error.
static inline void portolan_pq_silence(PGconn *connection) {
    PQsetNoticeReceiver(connection, portolan_pq_ignore_notice, NULL);
}
