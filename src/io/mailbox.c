/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring that grows, a lock, and a descriptor that says whether it is empty.
 */
#include "io/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/memory.h"

struct mailbox {
    int fd; /* its count is 1 while something waits, else 0 */
    pthread_mutex_t lock;
    void **items;                  /* ring */
    size_t first, count, capacity; /* a power of two */
};

struct mailbox *mailbox_new(struct err *err)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) {
        err_set_errno(err, errno, "no event descriptor");
        return NULL;
    }
    struct mailbox *mailbox = MEM_NEW(struct mailbox);
    mailbox->fd = fd;
    mailbox->capacity = 16;
    mailbox->items = MEM_NEW_ARRAY(void *, mailbox->capacity);
    pthread_mutex_init(&mailbox->lock, NULL);
    return mailbox;
}

void mailbox_free(struct mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    ASSERT(mailbox->count == 0);
    close(mailbox->fd);
    pthread_mutex_destroy(&mailbox->lock);
    mem_free(mailbox->items);
    mem_free(mailbox);
}

static void grow(struct mailbox *mailbox)
{
    void **bigger = MEM_NEW_ARRAY(void *, mailbox->capacity * 2);
    for (size_t i = 0; i < mailbox->count; i++)
        bigger[i] = mailbox->items[(mailbox->first + i) & (mailbox->capacity - 1)];
    mem_free(mailbox->items);
    mailbox->items = bigger;
    mailbox->first = 0;
    mailbox->capacity *= 2;
}

size_t mailbox_put(struct mailbox *mailbox, void *item)
{
    pthread_mutex_lock(&mailbox->lock);
    if (mailbox->count == mailbox->capacity)
        grow(mailbox);
    mailbox->items[(mailbox->first + mailbox->count++) & (mailbox->capacity - 1)] = item;
    size_t waiting = mailbox->count;
    if (waiting == 1)
        (void)eventfd_write(mailbox->fd, 1);
    pthread_mutex_unlock(&mailbox->lock);
    return waiting;
}

void *mailbox_take(struct mailbox *mailbox)
{
    void *item = NULL;
    pthread_mutex_lock(&mailbox->lock);
    if (mailbox->count > 0) {
        item = mailbox->items[mailbox->first];
        mailbox->first = (mailbox->first + 1) & (mailbox->capacity - 1);
        eventfd_t value;
        if (--mailbox->count == 0)
            (void)eventfd_read(mailbox->fd, &value);
    }
    pthread_mutex_unlock(&mailbox->lock);
    return item;
}

int mailbox_fd(const struct mailbox *mailbox)
{
    return mailbox->fd;
}
