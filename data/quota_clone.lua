-- SPDX-License-Identifier: Apache-2.0
-- What Dovecot's quota_clone has written of a mailbox: src/gate/quota_clone.h asks. Nothing is changed.
-- KEYS: its bytes, and the number of its messages. Returns both as text, empty where there is none.

return {redis.call('GET', KEYS[1]) or '', redis.call('GET', KEYS[2]) or ''}
