/* SPDX-License-Identifier: Apache-2.0
 *
 * settings_manual: prints todoku.yaml(5). Runs while todoku is built.
 */
#include "app/settings_manual.h"

#include <stdio.h>

int main(void)
{
    CLEANUP_BUF struct buf page = {0};
    settings_manual(&page);
    return fwrite(page.ptr, 1, page.len, stdout) == page.len && fflush(stdout) == 0 ? 0 : 1;
}
