/* SPDX-License-Identifier: Apache-2.0
 *
 * YAML into a tree with lines; what is refused, and where.
 */
#include "io/conf_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

/* `{a@1 b c@2:{...}}`: maps in braces, lists in brackets, texts quoted, nothing as `-`; @ the line
 * of a value, before : that of its key. */
static void show(const struct conf_node *node, struct buf *to)
{
    if (node->key.ptr != NULL)
        buf_addf(to, "%.*s@%u:", SLICE_ARG(node->key), node->key_line);
    if (node->kind == CONF_TEXT)
        buf_addf(to, "'%.*s'", SLICE_ARG(node->text));
    else if (node->kind == CONF_NOTHING)
        buf_add_char(to, '-');
    else
        buf_add_char(to, node->kind == CONF_MAP ? '{' : '[');
    for (const struct conf_node *member = node->first; member != NULL; member = member->next) {
        show(member, to);
        if (member->next != NULL)
            buf_add_char(to, ' ');
    }
    if (node->kind == CONF_LIST || node->kind == CONF_MAP)
        buf_add_char(to, node->kind == CONF_MAP ? '}' : ']');
    buf_addf(to, "@%u", node->line);
}

/* The tree, or "LINE: text" of the fault. */
static void parse(struct slice yaml, struct buf *to)
{
    struct arena *arena = arena_new(4096);
    struct conf_fault fault;
    const struct conf_node *root = conf_tree_parse(yaml, arena, &fault);
    if (root != NULL)
        show(root, to);
    else
        buf_addf(to, "%u: %s", fault.line, fault.err.text);
    arena_free(arena);
}

static void trees(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *tree;
    } rows[] = {
        {"", "-@1"},
        {"# only a comment\n", "-@1"},
        {"---\n...\n", "-@2"},
        {"a: b", "{a@1:'b'@1}@1"},
        {"\n\na: b\nc: d\n", "{a@3:'b'@3 c@4:'d'@4}@3"},
        {"a:\n  - x\n  - y: z\n    w: 1\n", "{a@1:['x'@2 {y@3:'z'@3 w@4:'1'@4}@3]@2}@1"},
        {"a: { b: [1, 2], c: }\n", "{a@1:{b@1:['1'@1 '2'@1]@1 c@1:-@1}@1}@1"},
        {"a:\n  b\n", "{a@1:'b'@2}@1"},
        {"a: ~\nb: null\nc: 'null'\nd: \"\"\ne:\n",
         "{a@1:-@1 b@2:-@2 c@3:'null'@3 d@4:''@4 e@5:-@5}@1"},
        /* Texts stay what they are. */
        {"a: yes\nb: 0x1f\nc: 22:00\nd: 1e3\ne: 010\n",
         "{a@1:'yes'@1 b@2:'0x1f'@2 c@3:'22:00'@3 d@4:'1e3'@4 e@5:'010'@5}@1"},
        {"a: { x: udp:127.0.0.1:5514, y: https://h.example/a?b#c }\n",
         "{a@1:{x@1:'udp:127.0.0.1:5514'@1 y@1:'https://h.example/a?b#c'@1}@1}@1"},
        {"a: \"\\u5c4a\\x41\"\n", "{a@1:'\xe5\xb1\x8a"
                                  "A'@1}@1"},
        {"a: |\n  one\n  two\nb: >\n  one\n  two\n", "{a@1:'one\ntwo\n'@1 b@4:'one two\n'@4}@1"},
        {"[x, y]\n", "['x'@1 'y'@1]@1"},
        {"word\n", "'word'@1"},
        {"&anchor a: b\n", "{a@1:'b'@1}@1"},
        {"%YAML 1.1\n---\na: b\n", "{a@3:'b'@3}@3"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf got = {0};
        parse(slice_from_str(rows[i].yaml), &got);
        assert_string_equal(buf_str(&got), rows[i].tree);
    }
}

#define HINT \
    "; accepted: YAML, indented by blanks; quote a value that begins with one of [ { * & ! % @ " \
    "or holds \": \" or \" #\""

static void faults(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *fault;
    } rows[] = {
        {"a: b\nb: 1\na: c\n", "3: a: given twice, first in line 1; accepted: once"},
        {"x:\n  a: b\n  'a': c\n", "3: a: given twice, first in line 2; accepted: once"},
        {"a: &x 1\nb: *x\n",
         "2: aliases (*name) are not known here; accepted: the value itself (text that begins with "
         "* in quotes)"},
        {"a: 1\nb: !!int 2\n", "2: tags (!name) are not known here; accepted: no tag"},
        {"a: !x [1]\n", "1: tags (!name) are not known here; accepted: no tag"},
        {"a: !x {b: 1}\n", "1: tags (!name) are not known here; accepted: no tag"},
        {"a: b\n---\na: c\n", "2: a second document (---); accepted: one"},
        {"[a]: b\n", "1: a key of a map is a word, not a list or map"},
        {"{{a: b}: c}\n", "1: a key of a map is a word, not a list or map"},
        {"a: b\n\tc: d\n",
         "2: found a tab character that violates indentation while scanning a plain scalar" HINT},
        {"a:\n\tb: c\n",
         "2: found character that cannot start any token while scanning for the next token" HINT},
        {"a: b\n c: d\n", "2: mapping values are not allowed in this context" HINT},
        {"a: [1, 2\nb: c\n",
         "2: did not find expected ',' or ']' while parsing a flow sequence" HINT},
        {"a: \"b\n", "2: found unexpected end of stream while scanning a quoted scalar" HINT},
        {"a: [::1]:80\n", "1: did not find expected node content while parsing a flow node" HINT},
        {"a: @b\n",
         "1: found character that cannot start any token while scanning for the next token" HINT},
        {"a: b\nc: \xff\n", "2: invalid leading UTF-8 octet" HINT},
        {"a: b\n\x01\n", "2: control characters are not allowed" HINT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CLEANUP_BUF struct buf got = {0};
        parse(slice_from_str(rows[i].yaml), &got);
        assert_string_equal(buf_str(&got), rows[i].fault);
    }
}

static void repeat(struct buf *to, const char *text, size_t times)
{
    for (size_t i = 0; i < times; i++)
        buf_add_str(to, text);
}

static void limits(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf deep = {0}, deeper = {0}, many = {0}, large = {0}, keys = {0}, got = {0};
    repeat(&deep, "[", CONF_DEPTH_MAX);
    repeat(&deep, "]", CONF_DEPTH_MAX);
    parse(buf_slice(&deep), &got);
    assert_null(strstr(buf_str(&got), "nested"));
    buf_clear(&got);
    repeat(&deeper, "[", CONF_DEPTH_MAX + 1);
    parse(buf_slice(&deeper), &got);
    assert_string_equal(buf_str(&got), "1: lists and maps nested deeper than 16");
    buf_clear(&got);
    repeat(&many, "- a\n", CONF_NODES_MAX);
    parse(buf_slice(&many), &got);
    assert_string_equal(buf_str(&got), "100000: more than 100000 values");
    buf_clear(&got);
    for (unsigned i = 0; i <= CONF_KEYS_MAX; i++)
        buf_addf(&keys, "k%u: v\n", i);
    parse(buf_slice(&keys), &got);
    assert_string_equal(buf_str(&got), "4097: more than 4096 keys in one map");
    buf_clear(&got);
    repeat(&large, " ", CONF_BYTES_MAX + 1);
    parse(buf_slice(&large), &got);
    assert_string_equal(buf_str(&got), "1: larger than 1 MiB");
    buf_clear(&got);
    parse(slice_first(buf_slice(&large), CONF_BYTES_MAX), &got);
    assert_string_equal(buf_str(&got), "-@1");
}

/* libyaml decodes far ahead of what it scans. */
static void bad_bytes_far_down(void **state)
{
    (void)state;
    CLEANUP_BUF struct buf bytes = {0}, got = {0};
    repeat(&bytes, "# a line of comment\n", 5000);
    buf_add_str(&bytes, "a: \xff\n");
    parse(buf_slice(&bytes), &got);
    assert_true(slice_starts_with(buf_slice(&got), SLICE("5001: invalid leading UTF-8 octet")));
}

static void find(void **state)
{
    (void)state;
    struct arena *arena = arena_new(4096);
    struct conf_fault fault;
    const struct conf_node *root = conf_tree_parse(SLICE("a: {b: c}\nd: [e]\n"), arena, &fault);
    const struct conf_node *a = conf_tree_find(root, SLICE("a"));
    assert_non_null(a);
    assert_true(slice_eq(conf_tree_find(a, SLICE("b"))->text, SLICE("c")));
    assert_null(conf_tree_find(a, SLICE("a")));
    assert_null(conf_tree_find(conf_tree_find(root, SLICE("d")), SLICE("e")));
    assert_null(conf_tree_find(NULL, SLICE("a")));
    arena_free(arena);
}

static void words(void **state)
{
    (void)state;
    assert_string_equal(conf_kind_word(CONF_NOTHING), "no value");
    assert_string_equal(conf_kind_word(CONF_TEXT), "a text");
    assert_string_equal(conf_kind_word(CONF_LIST), "a list");
    assert_string_equal(conf_kind_word(CONF_MAP), "a map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees),  cmocka_unit_test(faults),
        cmocka_unit_test(limits), cmocka_unit_test(bad_bytes_far_down),
        cmocka_unit_test(find),   cmocka_unit_test(words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
