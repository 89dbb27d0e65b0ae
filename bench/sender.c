/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes of senders. See sender.h.
 */
#include "sender.h"

enum { APPLICATION_SERVER, COMMAND, APPLICATION, SHOP, PERSON };
enum { MOBILE = 50000 }; /* per million of a person's mail, from anywhere */

static uint32_t class_by_dice(struct simulation *sim)
{
    uint32_t dice = random_below(&sim->random, 100);
    return dice < 10   ? APPLICATION_SERVER
           : dice < 12 ? COMMAND
           : dice < 45 ? APPLICATION
           : dice < 60 ? SHOP
                       : PERSON;
}

/* A network for each login, the same every day. */
static uint32_t home_of(uint32_t login)
{
    return CLIENT_OURS + (login * UINT32_C(2654435761) >> 16);
}

static void set_person(struct simulation *sim, struct message *message)
{
    message->kind = MESSAGE_SUBMISSION;
    message->source = POOL_SHARED;
    message->login = random_zipf(&sim->random, LOGIN_COUNT);
    bool mobile = random_chance(&sim->random, MOBILE);
    message->client =
        mobile ? CLIENT_OURS + random_below(&sim->random, CLIENT_RANGE) : home_of(message->login);
}

static void set_service(struct message *message, uint32_t login, uint32_t source)
{
    message->kind = MESSAGE_SUBMISSION;
    message->source = (uint8_t)source;
    message->login = login;
    message->client = home_of(login);
}

void sender_choose(struct simulation *sim, struct message *message)
{
    switch (class_by_dice(sim)) {
    case APPLICATION_SERVER:
        message->kind = MESSAGE_RELAYED;
        message->source = POOL_TRANSACTIONAL;
        return;
    case COMMAND:
        message->kind = MESSAGE_PICKUP;
        message->source = POOL_SHARED;
        return;
    case APPLICATION:
        set_service(message, APP_FIRST + random_zipf(&sim->random, APP_COUNT), POOL_TRANSACTIONAL);
        return;
    case SHOP:
        set_service(message, SHOP_FIRST + random_zipf(&sim->random, SHOP_COUNT),
                    POOL_TRANSACTIONAL);
        return;
    case PERSON:
        set_person(sim, message);
        return;
    }
}

void sender_set_shop(struct message *message, uint32_t shop)
{
    set_service(message, SHOP_FIRST + shop, POOL_MARKETING);
}

void sender_set_thief(struct simulation *sim, struct message *message, uint32_t login)
{
    message->kind = MESSAGE_SUBMISSION;
    message->source = POOL_SHARED;
    message->login = login;
    message->client = CLIENT_FOREIGN + random_below(&sim->random, CLIENT_RANGE);
    message->stolen = true;
}
