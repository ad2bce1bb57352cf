#pragma once
// OpenSSL's setters are macros over SSL_ctrl and BIO_ctrl, which Swift cannot import: one typed inline function for each.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// TLS 1.2 or newer. No renegotiation: nothing in Redis' protocol needs it, and it would make writes wait for reads.
static inline int portolan_tls_restrict(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

static inline int portolan_tls_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name) == 1;
}

// Unread bytes of a memory BIO.
static inline size_t portolan_tls_pending(BIO *memory) {
    return BIO_ctrl_pending(memory);
}

// Whether an error says that the peer's certificate was not accepted.
static inline int portolan_tls_is_certificate_error(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
}
