/* SPDX-License-Identifier: Apache-2.0
 *
 * See conf_tree.h. One pass over libyaml's events with a stack of the open lists and maps; libyaml
 * 0.2.5 refuses flow nesting beyond 1,000 levels by itself and reads UTF-8 and UTF-16.
 */
#include "io/conf_tree.h"

#include <stdio.h>

#include <yaml.h>

struct open_node {
    struct conf_node *node;
    struct conf_node **tail; /* where the next member goes */
    struct slice key;        /* of a map: read, its value still to come */
    uint32_t key_line;
    bool has_key;
    size_t keys;
};

struct tree {
    struct slice bytes;
    struct arena *arena;
    struct conf_fault *fault;
    struct conf_node *root;
    struct open_node open[CONF_DEPTH_MAX];
    size_t depth, nodes, documents;
};

static bool refuse(struct tree *tree, uint32_t line, const char *text)
{
    tree->fault->line = line;
    return err_set(&tree->fault->err, ERR_INPUT, "%s", text);
}

static uint32_t line_of(const yaml_event_t *event)
{
    return (uint32_t)event->start_mark.line + 1;
}

/* A plain scalar that stands for "no value". */
static bool is_nothing(const yaml_event_t *event, struct slice text)
{
    if (event->type != YAML_SCALAR_EVENT || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    return text.len == 0 || slice_eq(text, SLICE("~")) || slice_eq(text, SLICE("null"));
}

static bool take_key(struct tree *tree, struct open_node *map, const yaml_event_t *event)
{
    char text[128];
    if (event->type != YAML_SCALAR_EVENT)
        return refuse(tree, line_of(event), "a key of a map is a word, not a list or map");
    struct slice key = slice_of((const char *)event->data.scalar.value, event->data.scalar.length);
    if (map->keys++ == CONF_KEYS_MAX)
        return refuse(tree, line_of(event), "more than 4096 keys in one map");
    const struct conf_node *earlier = conf_tree_find(map->node, key);
    if (earlier != NULL) {
        snprintf(text, sizeof(text), "%.*s: given twice, first in line %u; accepted: once",
                 (int)(key.len < 60 ? key.len : 60), key.ptr, earlier->key_line);
        return refuse(tree, line_of(event), text);
    }
    map->key = slice_of(arena_copy(tree->arena, key.ptr, key.len), key.len);
    map->key_line = line_of(event);
    map->has_key = true;
    return true;
}

/* Puts a new node where it belongs: the root, the end of a list, behind its key. */
static void attach(struct tree *tree, struct conf_node *node)
{
    if (tree->depth == 0) {
        tree->root = node;
        return;
    }
    struct open_node *above = &tree->open[tree->depth - 1];
    if (above->node->kind == CONF_MAP) {
        node->key = above->key;
        node->key_line = above->key_line;
        above->has_key = false;
    }
    *above->tail = node;
    above->tail = &node->next;
}

static bool take_node(struct tree *tree, const yaml_event_t *event, enum conf_kind kind)
{
    if (tree->nodes == CONF_NODES_MAX)
        return refuse(tree, line_of(event), "more than 100000 values");
    if (kind >= CONF_LIST && tree->depth == CONF_DEPTH_MAX)
        return refuse(tree, line_of(event), "lists and maps nested deeper than 16");
    tree->nodes++;
    struct conf_node *node = arena_alloc(tree->arena, sizeof(*node));
    *node = (struct conf_node){.kind = kind, .line = line_of(event)};
    node->key_line = node->line;
    if (kind == CONF_TEXT) {
        struct slice text =
            slice_of((const char *)event->data.scalar.value, event->data.scalar.length);
        if (is_nothing(event, text))
            node->kind = CONF_NOTHING;
        node->text = slice_of(arena_copy(tree->arena, text.ptr, text.len), text.len);
    }
    attach(tree, node);
    if (kind >= CONF_LIST)
        tree->open[tree->depth++] = (struct open_node){.node = node, .tail = &node->first};
    return true;
}

static bool has_tag(const yaml_event_t *event, enum conf_kind kind)
{
    if (kind == CONF_TEXT)
        return event->data.scalar.tag != NULL;
    return (kind == CONF_LIST ? event->data.sequence_start.tag : event->data.mapping_start.tag) !=
           NULL;
}

static bool take_value(struct tree *tree, const yaml_event_t *event, enum conf_kind kind)
{
    if (has_tag(event, kind))
        return refuse(tree, line_of(event), "tags (!name) are not known here; accepted: no tag");
    if (tree->depth > 0) {
        struct open_node *above = &tree->open[tree->depth - 1];
        ASSERT(above->node != NULL);
        if (above->node->kind == CONF_MAP && !above->has_key)
            return take_key(tree, above, event);
    }
    return take_node(tree, event, kind);
}

static bool take_event(struct tree *tree, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return take_value(tree, event, CONF_TEXT);
    case YAML_SEQUENCE_START_EVENT:
        return take_value(tree, event, CONF_LIST);
    case YAML_MAPPING_START_EVENT:
        return take_value(tree, event, CONF_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        tree->depth--;
        return true;
    case YAML_ALIAS_EVENT:
        return refuse(tree, line_of(event),
                      "aliases (*name) are not known here; accepted: the value itself (text that "
                      "begins with * in quotes)");
    case YAML_DOCUMENT_START_EVENT:
        return tree->documents++ == 0 ||
               refuse(tree, line_of(event), "a second document (---); accepted: one");
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        return true;
    }
    return true;
}

/* The reader works ahead of the scanner and knows bytes only. */
static size_t line_of_byte(struct slice bytes, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && i < bytes.len; i++)
        line += bytes.ptr[i] == '\n';
    return line;
}

/* What libyaml found wrong, in its words. */
static bool refuse_syntax(struct tree *tree, const yaml_parser_t *parser)
{
    tree->fault->line = (uint32_t)(parser->error == YAML_READER_ERROR
                                       ? line_of_byte(tree->bytes, parser->problem_offset)
                                       : parser->problem_mark.line + 1);
    return err_set(&tree->fault->err, ERR_INPUT,
                   "%s%s%s; accepted: YAML, indented by blanks; quote a value that begins with one "
                   "of [ { * & ! %% @ or holds \": \" or \" #\"",
                   parser->problem ? parser->problem : "no YAML", parser->context ? " " : "",
                   parser->context ? parser->context : "");
}

static bool read_events(struct tree *tree, yaml_parser_t *parser)
{
    bool good = true, ended = false;
    while (good && !ended) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event))
            return refuse_syntax(tree, parser);
        good = take_event(tree, &event);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return good;
}

struct conf_node *conf_tree_parse(struct slice bytes, struct arena *arena, struct conf_fault *fault)
{
    struct tree tree = {.bytes = bytes, .arena = arena, .fault = fault};
    yaml_parser_t parser;
    if (bytes.len > CONF_BYTES_MAX) {
        refuse(&tree, 1, "larger than 1 MiB");
        return NULL;
    }
    if (!yaml_parser_initialize(&parser)) {
        refuse(&tree, 1, "no memory for the YAML parser");
        return NULL;
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)(bytes.len ? bytes.ptr : ""),
                                 bytes.len);
    bool good = read_events(&tree, &parser);
    yaml_parser_delete(&parser);
    if (!good)
        return NULL;
    if (tree.root == NULL) {
        tree.root = arena_alloc(arena, sizeof(*tree.root));
        *tree.root = (struct conf_node){.kind = CONF_NOTHING, .line = 1, .key_line = 1};
    }
    return tree.root;
}

const char *conf_kind_word(enum conf_kind kind)
{
    static const char *const words[] = {[CONF_NOTHING] = "no value",
                                        [CONF_TEXT] = "a text",
                                        [CONF_LIST] = "a list",
                                        [CONF_MAP] = "a map"};
    return words[kind];
}

const struct conf_node *conf_tree_find(const struct conf_node *node, struct slice key)
{
    if (node == NULL || node->kind != CONF_MAP)
        return NULL;
    for (const struct conf_node *member = node->first; member != NULL; member = member->next)
        if (slice_eq(member->key, key))
            return member;
    return NULL;
}
