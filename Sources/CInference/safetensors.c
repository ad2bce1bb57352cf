#define _GNU_SOURCE
#include "safetensors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER_MAXIMUM = 1 << 20, DEPTH_MAXIMUM = 8 };

// MARK: reading

int safetensors_copy(int descriptor, uint64_t offset, void *bytes, size_t size) {
  char *to = bytes;
  while (size > 0) {
    ssize_t count = pread(descriptor, to, size, (off_t)offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return -1;
    to += count;
    offset += (uint64_t)count;
    size -= (size_t)count;
  }
  return 0;
}

// MARK: the JSON that headers are made of

typedef struct {
  const char *at, *end;
} cursor;

static void skip_space(cursor *c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\r' || *c->at == '\t')) c->at++;
}

static int accept(cursor *c, char character) {
  skip_space(c);
  if (c->at == c->end || *c->at != character) return 0;
  c->at++;
  return 1;
}

// The text between the quotes as it stands: a name with an escape in it cannot be one that the model asks for.
static int read_string(cursor *c, const char **text, size_t *length) {
  if (!accept(c, '"')) return 0;
  *text = c->at;
  while (c->at < c->end && *c->at != '"') {
    if ((unsigned char)*c->at < 0x20) return 0;
    c->at += *c->at == '\\' ? 2 : 1;
  }
  if (c->at >= c->end) return 0;
  *length = (size_t)(c->at - *text);
  c->at++;
  return 1;
}

static int read_integer(cursor *c, uint64_t *value) {
  skip_space(c);
  const char *start = c->at;
  *value = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++)
    if (__builtin_mul_overflow(*value, 10u, value) || __builtin_add_overflow(*value, (uint64_t)(*c->at - '0'), value)) return 0;
  return c->at > start;
}

// Up to `capacity` integers in brackets; returns how many, or -1.
static int read_integers(cursor *c, uint64_t *values, int capacity) {
  if (!accept(c, '[')) return -1;
  if (accept(c, ']')) return 0;
  for (int count = 0; count < capacity;) {
    if (!read_integer(c, &values[count++])) return -1;
    if (accept(c, ']')) return count;
    if (!accept(c, ',')) return -1;
  }
  return -1;
}

static int skip_value(cursor *c, int depth) {
  const char *text;
  size_t length;
  skip_space(c);
  if (c->at == c->end || depth > DEPTH_MAXIMUM) return 0;
  if (*c->at == '"') return read_string(c, &text, &length);
  const char open = *c->at, close = open == '{' ? '}' : ']';
  if (open == '{' || open == '[') {
    c->at++;
    if (accept(c, close)) return 1;
    do {
      if (open == '{' && !(read_string(c, &text, &length) && accept(c, ':'))) return 0;
      if (!skip_value(c, depth + 1)) return 0;
    } while (accept(c, ','));
    return accept(c, close);
  }
  const char *start = c->at;
  while (c->at < c->end && strchr("+-.0123456789aeflnrstuE", *c->at) != NULL && *c->at != 0) c->at++;
  return c->at > start;
}

static int is(const char *text, size_t length, const char *word) { return strlen(word) == length && memcmp(text, word, length) == 0; }

// MARK: entries

static int read_tensor(cursor *c, tensor *t) {
  enum { DTYPE = 1, SHAPE = 2, OFFSETS = 4 };
  int seen = 0;
  if (!accept(c, '{')) return 0;
  do {
    const char *key, *text;
    size_t key_length, length;
    if (!read_string(c, &key, &key_length) || !accept(c, ':')) return 0;
    int field = is(key, key_length, "dtype") ? DTYPE : is(key, key_length, "shape") ? SHAPE : OFFSETS;
    if (field == OFFSETS && !is(key, key_length, "data_offsets")) return 0;
    if (seen & field) return 0;
    seen |= field;
    if (field == DTYPE) {
      if (!read_string(c, &text, &length)) return 0;
      t->is_float32 = is(text, length, "F32");
    } else if (field == SHAPE) {
      if ((t->rank = read_integers(c, t->shape, TENSOR_RANK)) < 0) return 0;
    } else {
      uint64_t range[2];
      if (read_integers(c, range, 2) != 2) return 0;
      t->begin = range[0];
      t->end = range[1];
    }
  } while (accept(c, ','));
  return accept(c, '}') && seen == (DTYPE | SHAPE | OFFSETS);
}

static int read_entries(safetensors *header, size_t length, uint64_t available) {
  cursor c = {header->json, header->json + length};
  if (!accept(&c, '{')) return 0;
  if (accept(&c, '}')) return 1;
  do {
    const char *name;
    size_t name_length;
    if (!read_string(&c, &name, &name_length) || !accept(&c, ':')) return 0;
    if (is(name, name_length, "__metadata__")) {
      if (!skip_value(&c, 0)) return 0;
      continue;
    }
    if (header->count == TENSOR_MAXIMUM) return 0;
    tensor *t = &header->tensors[header->count];
    t->name = name;
    t->name_length = name_length;
    if (!read_tensor(&c, t) || t->begin > t->end || t->end > available) return 0;
    for (size_t other = 0; other < header->count; other++)
      if (header->tensors[other].name_length == name_length && memcmp(header->tensors[other].name, name, name_length) == 0) return 0;
    header->count++;
  } while (accept(&c, ','));
  if (!accept(&c, '}')) return 0;
  skip_space(&c);
  return c.at == c.end;
}

// MARK: the header

int safetensors_read(int descriptor, safetensors *header, const char **reason) {
  struct stat status;
  unsigned char bytes[8];
  uint64_t length = 0;
  memset(header, 0, sizeof *header);
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    *reason = "it is not a regular file";
    return -1;
  }
  if (safetensors_copy(descriptor, 0, bytes, sizeof bytes) != 0) {
    *reason = "it is shorter than a safetensors header";
    return -1;
  }
  for (int i = 7; i >= 0; i--) length = length << 8 | bytes[i];
  const uint64_t size = (uint64_t)status.st_size;
  if (length < 2 || length > HEADER_MAXIMUM || size < 8 || length > size - 8) {
    *reason = "the length of its header is impossible";
    return -1;
  }
  header->data = 8 + length;
  if ((header->json = malloc(length)) == NULL) {
    *reason = "there is no memory for its header";
    return -1;
  }
  if (safetensors_copy(descriptor, 8, header->json, length) != 0 || !read_entries(header, length, size - header->data)) {
    *reason = "its header is malformed";
    safetensors_free(header);
    return -1;
  }
  return 0;
}

void safetensors_free(safetensors *header) {
  free(header->json);
  header->json = NULL;
  header->count = 0;
}

const tensor *safetensors_find(const safetensors *header, const char *name, uint64_t rows, uint64_t columns) {
  for (size_t i = 0; i < header->count; i++) {
    const tensor *t = &header->tensors[i];
    if (!is(t->name, t->name_length, name)) continue;
    const int shaped = rows == 0 ? t->rank == 1 && t->shape[0] == columns : t->rank == 2 && t->shape[0] == rows && t->shape[1] == columns;
    const uint64_t values = (rows == 0 ? 1 : rows) * columns;
    return t->is_float32 && shaped && t->end - t->begin == values * sizeof(float) ? t : NULL;
  }
  return NULL;
}
