#pragma once
#include <stddef.h>

// The part of libraptor2's interface (libraptor2.so.0, 2.0.x) that Ontologies uses, with the names of the library.
//
// Debian's header comes with libraptor2-dev, which needs the GnuTLS form of libcurl's headers and so cannot be installed beside the
// OpenSSL form that Fetch is built with. The library itself gets along with both. Its interface has been frozen since 2010; tests read
// every syntax and every field declared here.

typedef struct raptor_world_s raptor_world;
typedef struct raptor_parser_s raptor_parser;
typedef struct raptor_uri_s raptor_uri;
typedef struct raptor_namespace_s raptor_namespace;

typedef enum {
    RAPTOR_TERM_TYPE_UNKNOWN = 0,
    RAPTOR_TERM_TYPE_URI = 1,
    RAPTOR_TERM_TYPE_LITERAL = 2,
    RAPTOR_TERM_TYPE_BLANK = 4
} raptor_term_type;

typedef enum {
    RAPTOR_LOG_LEVEL_NONE = 0,
    RAPTOR_LOG_LEVEL_ERROR = 5,
    RAPTOR_LOG_LEVEL_FATAL = 6
} raptor_log_level;

typedef enum {
    RAPTOR_OPTION_NO_NET = 15,
    RAPTOR_OPTION_NO_FILE = 38,
    RAPTOR_OPTION_LOAD_EXTERNAL_ENTITIES = 41
} raptor_option;

typedef enum {
    RAPTOR_WORLD_FLAG_LIBXML_GENERIC_ERROR_SAVE = 1,
    RAPTOR_WORLD_FLAG_LIBXML_STRUCTURED_ERROR_SAVE = 2,
    RAPTOR_WORLD_FLAG_WWW_SKIP_INIT_FINISH = 4
} raptor_world_flag;

typedef struct {
    unsigned char *string;
    unsigned int string_len;
    raptor_uri *datatype;
    unsigned char *language;
    unsigned char language_len;
} raptor_term_literal_value;

typedef struct {
    unsigned char *string;
    unsigned int string_len;
} raptor_term_blank_value;

typedef union {
    raptor_uri *uri;
    raptor_term_literal_value literal;
    raptor_term_blank_value blank;
} raptor_term_value;

typedef struct {
    raptor_world *world;
    int usage;
    raptor_term_type type;
    raptor_term_value value;
} raptor_term;

typedef struct {
    raptor_world *world;
    int usage;
    raptor_term *subject;
    raptor_term *predicate;
    raptor_term *object;
    raptor_term *graph;
} raptor_statement;

typedef struct {
    raptor_uri *uri;
    const char *file;
    int line;
    int column;
    int byte;
} raptor_locator;

typedef struct {
    int code;
    int domain;
    raptor_log_level level;
    raptor_locator *locator;
    const char *text;
} raptor_log_message;

raptor_world *raptor_new_world_internal(unsigned int version_decimal);
int raptor_world_open(raptor_world *world);
int raptor_world_set_flag(raptor_world *world, raptor_world_flag flag, int value);
int raptor_world_set_log_handler(raptor_world *world, void *user_data, void (*handler)(void *user_data, raptor_log_message *message));

raptor_uri *raptor_new_uri(raptor_world *world, const unsigned char *string);
void raptor_free_uri(raptor_uri *uri);
unsigned char *raptor_uri_as_counted_string(raptor_uri *uri, size_t *length);
raptor_uri *raptor_namespace_get_uri(const raptor_namespace *name_space);
const unsigned char *raptor_namespace_get_prefix(const raptor_namespace *name_space);

raptor_parser *raptor_new_parser(raptor_world *world, const char *name);
void raptor_free_parser(raptor_parser *parser);
int raptor_parser_set_option(raptor_parser *parser, raptor_option option, const char *string, int integer);
void raptor_parser_set_statement_handler(
    raptor_parser *parser, void *user_data, void (*handler)(void *user_data, raptor_statement *statement));
void raptor_parser_set_namespace_handler(
    raptor_parser *parser, void *user_data, void (*handler)(void *user_data, raptor_namespace *name_space));
void raptor_parser_set_uri_filter(raptor_parser *parser, int (*filter)(void *user_data, raptor_uri *uri), void *user_data);
int raptor_parser_parse_start(raptor_parser *parser, raptor_uri *base);
int raptor_parser_parse_chunk(raptor_parser *parser, const unsigned char *buffer, size_t length, int is_end);

// A world that leaves process-wide state alone: it starts no transfers, so libcurl is not initialized, and libxml2's handlers stay as they
// are. It must never be freed: that calls xmlCleanupParser(), which takes libxml2 away from other threads.
static inline raptor_world *portolan_raptor_world(void) {
    raptor_world *world = raptor_new_world_internal(20015);
    if (!world) return 0;
    raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_WWW_SKIP_INIT_FINISH, 1);
    raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_LIBXML_GENERIC_ERROR_SAVE, 0);
    raptor_world_set_flag(world, RAPTOR_WORLD_FLAG_LIBXML_STRUCTURED_ERROR_SAVE, 0);
    return raptor_world_open(world) ? 0 : world;
}
