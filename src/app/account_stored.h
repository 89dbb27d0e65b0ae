/* SPDX-License-Identifier: Apache-2.0
 *
 * An account as it stands in the accounts' own database, for people who help its owner: everything
 * but a secret. A JSON object:
 *
 *      {"found": true, "login": ..., "aliases": [...], "class": ..., "server": ...,
 *       "protocols": [...], "networks": [...], "valid_until": TIME, "flags": [...],
 *       "password": {"form": "ARGON2ID", "weak": false, "rehash": false},
 *       "app_passwords": [{"name", "protocols", "networks", "created", "last_used", "until"}],
 *       "fault": "networks"}
 *
 * rehash: a new password would be kept in a better form. protocols, networks and valid_until are
 * left out where all are meant; password is null where nobody can log in by it. {"found": false}:
 * there is no such account. {"error": "..."}: it could not be asked for.
 */
#ifndef TD_APP_ACCOUNT_STORED_H
#define TD_APP_ACCOUNT_STORED_H

#include "app/account_access.h"
#include "app/text_style.h"
#include "model/json_value.h"

/* New. login: as people write it. */
json_t *account_stored_json(const struct account_access *access, struct slice login);

/* Appends it as lines behind those of its flags. */
void account_stored_text(const struct text_style *style, const json_t *stored, int64_t now_us,
                         struct buf *to);

#endif
