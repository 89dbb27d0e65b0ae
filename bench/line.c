/* SPDX-License-Identifier: Apache-2.0
 *
 * Numbers as text, without printf: the generator writes a million lines a second.
 */
#include "line.h"

void line_in_base(struct line *line, uint64_t value, uint32_t base, const char *alphabet, int width)
{
    char digits[64];
    size_t at = sizeof(digits);
    do {
        digits[--at] = alphabet[value % base];
        value /= base;
    } while (value);
    while (sizeof(digits) - at < (size_t)width)
        digits[--at] = alphabet[0];
    line_put(line, digits + at, sizeof(digits) - at);
}

void line_digits(struct line *line, uint64_t value, int digits)
{
    char text[24];
    size_t at = sizeof(text);
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (sizeof(text) - at < (size_t)digits)
        text[--at] = '0';
    line_put(line, text + at, sizeof(text) - at);
}

void line_number(struct line *line, uint64_t value)
{
    line_digits(line, value, 1);
}

void line_hex(struct line *line, uint64_t value, int width)
{
    line_in_base(line, value, 16, "0123456789ABCDEF", width);
}

void line_delay(struct line *line, int64_t span_us)
{
    uint64_t seconds = (uint64_t)span_us / 1000000;
    uint64_t micros = (uint64_t)span_us % 1000000;
    uint64_t resolution = seconds >= 10 ? 1000000 : seconds ? 100000 : 10000;
    micros += resolution / 2;
    if (micros >= 1000000) {
        seconds++;
        micros -= 1000000;
    }
    line_number(line, seconds);
    if (micros < resolution)
        return;
    line_char(line, '.');
    for (uint64_t unit = 100000; micros >= resolution && unit; unit /= 10) {
        line_char(line, (char)('0' + micros / unit));
        micros %= unit;
    }
}
