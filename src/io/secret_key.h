/* SPDX-License-Identifier: Apache-2.0
 *
 * The key that secrets are sealed with: 32 bytes in a file of their own, raw, or as hex or base64
 * with blanks and newlines around it.
 */
#ifndef TD_IO_SECRET_KEY_H
#define TD_IO_SECRET_KEY_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

#define SECRET_KEY_BYTES 32

struct secret_key;

/* open_to_all: set when everybody on this machine may read the file, which is for the caller to
 * warn of (docs/decisions/0021); may be NULL. NULL and err, without anything of the file: it cannot
 * be read, is no regular file, or holds no key. */
struct secret_key *secret_key_read(const char *path, bool *open_to_all, struct err *err);

/* Clears it. NULL is fine. */
void secret_key_free(struct secret_key *key);

/* SECRET_KEY_BYTES of them. */
const unsigned char *secret_key_bytes(const struct secret_key *key);

/* Writes a new key as hex into a new file that only its owner may read, and is on disk when this
 * returns. A file that is there is never touched: with it would go what it sealed. */
bool secret_key_create(const char *path, struct err *err);

#endif
