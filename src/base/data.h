/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of data/, built into the program: one function a file. The bytes live as long as the
 * program. Made by tools/embed.c; a new file is a line here and one in base/meson.build.
 */
#ifndef TD_BASE_DATA_H
#define TD_BASE_DATA_H

#include "base/slice.h"

struct slice data_countries(void);     /* data/countries.tsv: see base/country.h */
struct slice data_guesses(void);       /* data/guesses.lua: see app/guess_share.h */
struct slice data_lists(void);         /* data/lists.tsv: blocklists by host name */
struct slice data_policy_shared(void); /* data/policy_shared.lua: see gate/shared_call.h */
struct slice data_providers(void);     /* data/providers.tsv: form in mail/provider.h */
struct slice data_quota_clone(void);   /* data/quota_clone.lua: see gate/quota_clone.h */
struct slice data_replies(void);       /* data/replies.rules: form in mail/reply_rule.h */
struct slice data_rulings(void);       /* data/rulings.lua: see app/ruling_share.h */

#endif
