/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of tables. See left_out.h.
 */
#include "watch/left_out.h"

const char *left_out_word(enum left_out table)
{
    static const char *const words[] = {
#define X(name, word) [LEFT_OUT_##name] = word,
        LEFT_OUT(X)
#undef X
    };
    return words[table];
}
