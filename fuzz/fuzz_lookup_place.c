/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is said to be a table: it is none and that is told, or it has what its kind needs; rows
 * in its text have a key and a value that lie in it.
 */
#include "store/lookup_place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rows(struct slice text)
{
    struct slice rest = text, key, value;
    const char *why;
    size_t count = 0;
    while (lookup_place_next(&rest, &key, &value, &why)) {
        ASSERT(key.len > 0 && key.ptr >= text.ptr && slice_end(key) <= slice_end(text));
        ASSERT(value.len > 0 && value.ptr >= text.ptr && slice_end(value) <= slice_end(text));
        ASSERT(++count <= text.len);
    }
    ASSERT(why != NULL || rest.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(1024);
    struct lookup_place place;
    struct err err = {0};
    if (!lookup_place_parse(slice_of((const char *)data, size), arena, &place, &err)) {
        ASSERT(err.code != ERR_NONE && err.text[0] != '\0');
    } else {
        bool has_file = place.kind != LOOKUP_STATIC && place.kind != LOOKUP_INLINE;
        ASSERT((place.path != NULL) == has_file && (!has_file || place.path[0] == '/'));
        ASSERT((place.query != NULL) == (place.kind == LOOKUP_SQLITE));
        if (place.kind == LOOKUP_INLINE)
            check_rows(place.text);
    }
    arena_free(arena);
    return 0;
}
