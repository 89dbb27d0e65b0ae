/* SPDX-License-Identifier: Apache-2.0
 *
 * The grammars behind log_record_parse, one file a family of programs. Each is given a record whose
 * envelope is read (line.text is what follows severity and queue id) and sets kind and fields. One
 * that does not understand the text leaves kind LOG_KIND_UNKNOWN. None looks beyond line.text.
 */
#ifndef TD_MAIL_LOG_GRAMMAR_H
#define TD_MAIL_LOG_GRAMMAR_H

#include "mail/log_record.h"

void log_delivery_parse(struct log_record *record); /* smtp lmtp local virtual pipe error discard */
void log_queue_parse(struct log_record *record);    /* qmgr cleanup pickup bounce postsuper */
void log_smtpd_parse(struct log_record *record);    /* smtpd, qmqpd */
void log_screen_parse(struct log_record *record);   /* postscreen dnsblog tlsproxy */
void log_service_parse(struct log_record *record);  /* anvil scache master tlsmgr verify ... */
void log_dovecot_parse(struct log_record *record);
void log_nginx_parse(struct log_record *record);

/* A text that any Postfix program may write: TLS set-up, table changes, warnings. Sets kind
 * SERVICE, TLS or WARNING, or leaves UNKNOWN. Tried after the program's own grammar. */
void log_any_parse(struct log_record *record);

/* `name[ip]:port`, `name[ip]`, `name[/socket]`, `name`: sets those of the three that are there. */
void log_peer_parse(struct log_record *record, struct slice peer, enum log_field host,
                    enum log_field ip, enum log_field port);

#endif
