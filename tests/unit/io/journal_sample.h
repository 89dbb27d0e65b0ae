/* SPDX-License-Identifier: Apache-2.0
 *
 * The journal file of the tests: eight entries, six of them of mail (how it was made:
 * tests/data/journal/README.md).
 */
#ifndef TD_TESTS_JOURNAL_SAMPLE_H
#define TD_TESTS_JOURNAL_SAMPLE_H

/* Unpacks it to `name` in the sandbox; folders on the way must be there. */
void journal_sample_unpack(const char *name);

#endif
