/* SPDX-License-Identifier: Apache-2.0
 *
 * See incident_turn.h.
 */
#include "app/incident_turn.h"

struct resuming {
    incident_tell tell;
    void *data;
};

void incident_turn_tell(void *turn, const struct incident *incident)
{
    const struct incident_turn *of = turn;
    (void)incident_book_take(of->book, incident, of->now_us);
}

static void resume_one(void *data, const struct incident_view *view)
{
    const struct resuming *resuming = data;
    if (view->state != INCIDENT_STATE_CLOSED)
        resuming->tell(resuming->data, view->incident);
}

void incident_turn_resume(const struct incident_book *book, int64_t now_us, incident_tell tell,
                          void *data)
{
    struct resuming resuming = {tell, data};
    incident_book_visit(book, now_us, resume_one, &resuming);
}
