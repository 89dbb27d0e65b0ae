/* SPDX-License-Identifier: Apache-2.0
 *
 * Secrets against stored forms that other programs made, and against damaged and hostile ones.
 */
#include "io/secret_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#define LOGIN "taro@example.jp"
#define TEA "tea & \xe8\x8c\xb6 %41+"
#define X8 "xxxxxxxx"
#define LONG X8 X8 X8 X8 X8 X8 X8 X8 X8 X8

static const struct secret_rules rules = {.bounds = SECRET_BOUNDS_DEFAULT};

static enum secret_verdict check(const char *stored, struct slice secret, struct err *err)
{
    return secret_check_plain(&rules, (struct secret_stored){slice_from_str(stored), SLICE(LOGIN)},
                              secret, err);
}

struct vector {
    const char *stored, *secret;
};

/* Dovecot 2.3.19: doveadm -O pw -s SCHEME -u taro@example.jp -p "$SECRET", with -r 1000 or -r 4
 * where the numbers say so. */
static const struct vector dovecot[] = {
    {"{PLAIN}" TEA, TEA},
    {"{CLEARTEXT}" TEA, TEA},
    {"{PLAIN-MD5}e1ce6af7d6c72dd780fa08010f1f6062", TEA},
    {"{LDAP-MD5}4c5q99bHLdeA+ggBDx9gYg==", TEA},
    {"{MD5}$1$h7ggh8Gs$egLqrDU34cSyiXbCUXuzp/", TEA},
    {"{SMD5}HS6wuXXPjCW/aE12Y0oPCx1uw6k=", TEA},
    {"{SHA}PjtsT2BUlzF30DRPpR8yhVtzpbk=", TEA},
    {"{SHA1}PjtsT2BUlzF30DRPpR8yhVtzpbk=", TEA},
    {"{SSHA}zIp38G8vZ/sjJ9D7c4ymT7yaOOxfO7Gv", TEA},
    {"{SHA256}3mqX0qJCtQpY4T8ASXEbPkhpTvQWCf0Es1rtQsTHiLU=", TEA},
    {"{SSHA256}FNieF1WbtCaNGOv9HVB/9x2L4EXFQI0qy/tNB/fbxH4+m9AU", TEA},
    {"{SHA512}fPjB7VdxXs9aY88qKnTLwDolgfyakDwCpPc7xUeqJTyLDy3FarvviVIvEAz/Pd19zUolJjy8fFpQuH3r"
     "cYWakw==",
     TEA},
    {"{SSHA512}oYF9Bwj9mSoUrv69+pIIqA8EAl4qYWc9lFeaR+f3muBqNxRZgMiZaYvYrNNNEdj+rtU0L7KeN3XOQqTT"
     "WQHRd0jOE3s=",
     TEA},
    {"{SHA256.HEX}de6a97d2a242b50a58e13f0049711b3e48694ef41609fd04b35aed42c4c788b5", TEA},
    {"{SSHA512.HEX}a0c9202fc077ab08e2007d99a902afdc3faa4766566037391522b314409050f2263d05efbdca6"
     "ca4df5efd7a65fa38408ba7076a8d53e20a9589659522598f536827e3ac",
     TEA},
    {"{SSHA256.B64}t5TmUh1r+sUC96rFiNlcHuVneCKrLYosMHunIuXnyGaKprP2", TEA},
    {"{PLAIN.B64}dGVhICYg6Iy2ICU0MSs=", TEA},
    {"{CRYPT}$2y$05$qHUJz3iDmyTDqneuXC1Va.ZZ5gdGfzucEgm.HwCmtlqTMlJfBpAbW", TEA},
    {"{DES-CRYPT}A5BZCADYD3YKs", TEA},
    {"{MD5-CRYPT}$1$iiRUfK/E$.CySFztqu6TJX7aTkmUUr1", TEA},
    {"{SHA256-CRYPT}$5$Wv9vv/Q8I5fr389p$HMaGR6xs7BkTOJcoFOSLw/KxRTxyN1UOp0FVs5mBAX7", TEA},
    {"{SHA512-CRYPT}$6$rounds=1000$vCJ1XrfhyMWwvX7o$kHxkOisQT0LZXfmxTbUIHEKDhHXBYoIky12.gEzP4g2p"
     "M3f96ygt5HmqZs5SaYInjkfYR63kaQAQkvxqilFP71",
     TEA},
    {"{BLF-CRYPT}$2y$04$qHRpQ1Z45dWEaKPVjVcuo.4XyODgGMbLFCO8OvmHEHWIWAaykL7zi", TEA},
    {"{PBKDF2}$1$c6rVu.FgTUIO7Yio$1000$d52d165d5fdb40d369682667634ce5f0711509e1", TEA},
    {"{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$Zv0tN+Wrs5aNcXlOoHftlA$9QRR0INIpTeBWFpCPE6Cuf6uEG"
     "b3fdEoGjH1fOlmO1Q",
     TEA},
    {"{SCRAM-SHA-1}4096,d00iTWwjHibVZssuwpB4gw==,dGVidQFJS3yXUohYDjqoRME8KNE=,NiyFTQ9k5hIjwyNKf4"
     "qkAs5aN9k=",
     TEA},
    {"{SCRAM-SHA-256}4096,Aoe5iWyOq/SYbPesQF+20w==,FgnB5tsq+XkoS1k8MedgkCdZ1rdp8qSgmbNXU9UT9r8=,"
     "cANcu2HvvOi69FwR5kTqCQAF2Wb8+E3H5nPm/1BNhkg=",
     TEA},
    {"{CRAM-MD5}a5f4bc59affb08e7ad08369a8ab973c5bcb4262b88e40663f973c6a39e446ef2", TEA},
    {"{CRAM-MD5.B64}pfS8Wa/7COetCDaairlzxby0JiuI5AZj+XPGo55EbvI=", TEA},
    {"{HMAC-MD5}a5f4bc59affb08e7ad08369a8ab973c5bcb4262b88e40663f973c6a39e446ef2", TEA},
    {"{CRAM-MD5}ff6454343902c25cfaf14768b382dae3172680a33b4792a34267ff0628fbfe89", LONG},
    {"{DIGEST-MD5}bd252e41f228a3b02987fec435000e95", TEA},
    {"{SHA512-CRYPT}$6$rounds=1000$iz7XT5mtl9KVTumO$.EVK0/I6BKmrScNDGIhWQbRK8yjyWucAZzSP5PIuOkdA"
     "CVSl8IPziYSaB1nQ1FVE0ETxU00TLFydn/kWZ2qn41",
     LONG},
};

static const struct vector others[] = {
    /* openssl passwd -5 and -6 -salt saltstring, -1 -salt abcdefgh 'Hello world!' */
    {"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
    {"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOf"
     "aS35inz1",
     "Hello world!"},
    {"$1$abcdefgh$fzmjzFdo5nMtBG8gtud5e0", "Hello world!"},
    {"$1$abcdefgh$fzmjzFdo5nMtBG8gtud5e0$ignored", "Hello world!"},
    /* crypt_blowfish 1.3, wrapper.c */
    {"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"},
    /* python3 -c 'crypt.crypt(...)' of libxcrypt 4.4.33 */
    {"$2b$04$abcdefghijklmnopqrstuuhkr559L2fQ8RlERXMfhsxhAl/dt4J5m", TEA},
    {"$y$j75$saltSALTsalt$4GDfuklH.nMTocfhlZgQZP3ceuk.6qUJgMWKwuy5qZ9", TEA},
    {"{CRYPT}$gy$j75$saltSALTsalt$iDrB401oJ/ju.nw2zs09DzT.V8l8EmOYAPdtjqdrQ1B", TEA},
    {"$7$8/..../....saltsalt$iUgAc2mM9uPFxwgeDUCuK2g/ySkN0k51uW.7fP435B8", TEA},
    {"{CRYPT}abHH5uSfpp/0E", TEA},
    /* printf ... | argon2 saltysalt -id -t 1 -m 8 -p 2 -e; somesalt -i -v 10 -t 2 -m 8 -p 1 */
    {"$argon2id$v=19$m=256,t=1,p=2$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv/tqu/X67N0p1ir/3k", TEA},
    {"{ARGON2I}$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zw"
     "Y",
     "password"},
    {"{CRYPT}$argon2i$v=19$m=256,t=2,p=1$c29tZXNhbHQ$iekCn0Y3spW+sCcFanM2xBT63UP2sghkUoHLIUpWRS8",
     "password"},
    /* RFC 6070 */
    {"{PBKDF2}$1$salt$2$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957", "password"},
    {"{pbkdf2}$1$salt$4096$4B007901B765489ABEAD49D926F721D065A429C1", "password"},
    /* RFC 5802, section 5, and RFC 7677, section 3, by python3's hashlib and hmac */
    {"{SCRAM-SHA-1}4096,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,D+CSWLOshSulAsxiupA+qs2/fT"
     "E=",
     "pencil"},
    {"{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,"
     "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
     "pencil"},
    {"secret", "secret"},
};

static void check_vectors(const struct vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct err err = {0};
        CLEANUP_BUF struct buf wrong = {0};
        enum secret_verdict verdict =
            check(vectors[i].stored, slice_from_str(vectors[i].secret), &err);
        if (verdict != SECRET_RIGHT)
            fail_msg("%s: verdict %d %s", vectors[i].stored, verdict, err.text);
        buf_add_str(&wrong, vectors[i].secret);
        wrong.ptr[0] ^= 1;
        verdict = check(vectors[i].stored, buf_slice(&wrong), &err);
        if (verdict != SECRET_WRONG)
            fail_msg("%s: verdict %d for another secret", vectors[i].stored, verdict);
    }
}

static void dovecots_forms(void **state)
{
    (void)state;
    check_vectors(dovecot, sizeof(dovecot) / sizeof(dovecot[0]));
}

static void forms_of_others(void **state)
{
    (void)state;
    check_vectors(others, sizeof(others) / sizeof(others[0]));
}

/* One byte more or less, a NUL behind, nothing, too much. */
static void near_misses(void **state)
{
    char huge[SECRET_MAX + 1];
    memset(huge, 'x', sizeof(huge));
    (void)state;
    for (size_t i = 0; i < sizeof(dovecot) / sizeof(dovecot[0]); i++) {
        const char *stored = dovecot[i].stored;
        struct slice secret = slice_from_str(dovecot[i].secret);
        CLEANUP_BUF struct buf more = {0};
        buf_add(&more, secret);
        buf_add(&more, SLICE("\0"));
        if (strstr(stored, "ARGON2") != NULL)
            continue;
        assert_int_equal(check(stored, slice_of("", 0), NULL), SECRET_WRONG);
        assert_int_equal(check(stored, slice_of(huge, sizeof(huge)), NULL), SECRET_WRONG);
        assert_int_equal(check(stored, buf_slice(&more), NULL), SECRET_WRONG);
        if (strstr(stored, "DES-CRYPT") == NULL) /* which looks at eight bytes */
            assert_int_equal(check(stored, slice_first(secret, secret.len - 1), NULL),
                             SECRET_WRONG);
    }
    assert_int_equal(check("{PLAIN}", slice_of("", 0), NULL), SECRET_WRONG);
    assert_int_equal(check("{PLAIN}", SLICE("a"), NULL), SECRET_WRONG);
    assert_int_equal(check("{SHA256}", SLICE("a"), NULL), SECRET_WRONG);
    assert_int_equal(check("", SLICE("a"), NULL), SECRET_WRONG);
}

/* A stored form that is cut short or has one byte changed is never RIGHT. */
static void damaged_forms(void **state)
{
    static const char *const cheap[] = {
        "{PLAIN-MD5}e1ce6af7d6c72dd780fa08010f1f6062",
        "{SSHA}zIp38G8vZ/sjJ9D7c4ymT7yaOOxfO7Gv",
        "{SHA256}3mqX0qJCtQpY4T8ASXEbPkhpTvQWCf0Es1rtQsTHiLU=",
        "{PBKDF2}$1$salt$2$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        "{CRAM-MD5}a5f4bc59affb08e7ad08369a8ab973c5bcb4262b88e40663f973c6a39e446ef2",
        "{DIGEST-MD5}bd252e41f228a3b02987fec435000e95",
        "{MD5-CRYPT}$1$iiRUfK/E$.CySFztqu6TJX7aTkmUUr1",
        ("{ARGON2ID}$argon2id$v=19$m=256,t=1,p=2$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv/tqu/X67N0p"
         "1ir/3k"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cheap) / sizeof(cheap[0]); i++) {
        struct slice secret = strstr(cheap[i], "PBKDF2") ? SLICE("password") : SLICE(TEA);
        assert_int_equal(check(cheap[i], secret, NULL), SECRET_RIGHT);
        for (size_t len = strcspn(cheap[i], "}") + 1; len < strlen(cheap[i]); len++) {
            CLEANUP_BUF struct buf form = {0};
            buf_add(&form, slice_of(cheap[i], len));
            if (check(buf_str(&form), secret, NULL) == SECRET_RIGHT &&
                cheap[i][len] != '=') /* padding may be missing */
                fail_msg("%s", buf_str(&form));
        }
    }
}

static void bad_forms(void **state)
{
    static const char *const bad[] = {
        "{NONE}abc",
        "{SHA256}abc",
        "{SHA256.HEX}zz",
        "{SSHA}PjtsT2BUlzF30DRPpR8yhVtzpbk=", /* a digest, no salt */
        "{SSHA256}####",
        "{CRAM-MD5}00",
        "{DIGEST-MD5}0011",
        "{CRYPT}abc",
        "{CRYPT}$9$abc$def",
        "{CRYPT}$6$",
        "{CRYPT}$6$salt$short",
        "{CRYPT}$6$rounds=abc$salt$hash",
        "{CRYPT}$6$rounds=1000",
        "{CRYPT}$2y$5$qHRpQ1Z45dWEaKPVjVcuo",
        "{CRYPT}$2y$04$short",
        "{CRYPT}$y$",
        "{CRYPT}$y$j9T",
        "{CRYPT}$7$",
        "{CRYPT}_J9..rasmBYk8r9AiWNc",
        "{PBKDF2}$1$salt$0$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        "{PBKDF2}$1$$2$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        "{PBKDF2}$2$salt$2$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        "{PBKDF2}$1$salt$2$ea6c",
        ("{SCRAM-SHA-256}4096,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,D+CSWLOshSulAsxiupA+qs"
         "2/fTE="),
        "{SCRAM-SHA-1}4096,,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,D+CSWLOshSulAsxiupA+qs2/fTE=",
        "{SCRAM-SHA-1}4096,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=",
        ("{ARGON2ID}$argon2d$v=19$m=256,t=2,p=1$c29tZXNhbHQ$JcTui6RIBUtJ78gE5Hi52CO+H5vS6Z9R1uxAB6O"
         "hUB8"),
        "{ARGON2ID}$argon2id$v=18$m=256,t=1,p=2$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{ARGON2ID}$argon2id$v=19$m=8,t=1,p=2$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{ARGON2ID}$argon2id$v=19$m=256,t=0,p=1$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{ARGON2ID}$argon2id$v=19$m=256,t=1,p=0$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{ARGON2ID}$argon2id$v=19$m=256,t=1,p=1$c2Fs$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{ARGON2ID}$argon2id$v=19$m=256,t=1,p=1$c2FsdHlzYWx0$Mb1d",
        "{ARGON2ID}$argon2id$v=19$m=256,t=1,p=1,keyid=a$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{SEALED}AAAA",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = {0};
        if (check(bad[i], SLICE(TEA), &err) != SECRET_BAD || err.code != ERR_INPUT)
            fail_msg("%s is not refused, or without a reason: %s", bad[i], err.text);
        if (strstr(err.text, "c2Fs") != NULL || strstr(err.text, "ea6c") != NULL ||
            strstr(err.text, "NONE") != NULL)
            fail_msg("a reason repeats what is stored: %s", err.text);
    }
}

/* Each would take hours, or all memory: refused before anything is computed. */
static void costly_forms(void **state)
{
    static const char *const costly[] = {
        "$6$rounds=999999999$salt$hash",
        "{SHA256-CRYPT}$5$rounds=2000001$salt$hash",
        "{BLF-CRYPT}$2y$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{BLF-CRYPT}$2y$15$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
        "{CRYPT}$y$jjT$salt$hash",
        "{CRYPT}$y$jFT$salt$hash",
        "{CRYPT}$y$j9zzzzzz$salt$hash",
        "{CRYPT}$gy$jjT$salt$hash",
        "{CRYPT}$7$zU..../....salt$hash",
        "{CRYPT}$7$8zzzzz/....salt$hash",
        "{CRYPT}$7$8/..../zzzzsalt$hash",
        "{PBKDF2}$1$salt$999999999$ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
        ("{SCRAM-SHA-1}999999999,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,D+CSWLOshSulAsxiupA"
         "+qs2/fTE="),
        "{ARGON2ID}$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{ARGON2ID}$argon2id$v=19$m=262145,t=1,p=1$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "{ARGON2ID}$argon2id$v=19$m=256,t=4294967295,p=1$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
        "$argon2i$v=19$m=4294967295,t=4294967295,p=255$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(costly) / sizeof(costly[0]); i++) {
        struct err err = {0};
        if (check(costly[i], SLICE(TEA), &err) != SECRET_BAD || err.code != ERR_LIMIT)
            fail_msg("%s: %s", costly[i], err.text);
        assert_true(secret_cost_bytes(&rules, slice_from_str(costly[i])) <= 65536);
    }
}

/* Lower bounds of the operator hold. */
static void own_bounds(void **state)
{
    struct secret_rules tight = rules;
    struct secret_stored stored = {
        SLICE("$argon2id$v=19$m=256,t=1,p=2$c2FsdHlzYWx0$Mb1dcYudc4k3PMzm4oMjc9MtNv/tqu/X67N0p1ir"
              "/3k"),
        SLICE(LOGIN)};
    (void)state;
    tight.bounds.memory_bytes = 256 << 10;
    assert_int_equal(secret_check_plain(&tight, stored, SLICE(TEA), NULL), SECRET_RIGHT);
    tight.bounds.memory_bytes--;
    assert_int_equal(secret_check_plain(&tight, stored, SLICE(TEA), NULL), SECRET_BAD);
}

static void locked_accounts(void **state)
{
    static const char *const locked[] = {
        "*", "!", "!!", "x", "{CRYPT}*", "{CRYPT}!$6$salt$hash", "{SHA512-CRYPT}*LK*", "{SSHA}*"};
    struct secret_rules crypt = rules;
    crypt.unprefixed = SECRET_CRYPT;
    (void)state;
    for (size_t i = 0; i < sizeof(locked) / sizeof(locked[0]); i++) {
        struct secret_stored stored = {slice_from_str(locked[i]), SLICE(LOGIN)};
        assert_int_equal(secret_check_plain(&rules, stored, stored.text, NULL), SECRET_WRONG);
        assert_int_equal(secret_check_plain(&crypt, stored, stored.text, NULL), SECRET_WRONG);
    }
    assert_int_equal(check("{PLAIN}x", SLICE("x"), NULL), SECRET_RIGHT);
    assert_int_equal(check("{PLAIN}!a", SLICE("!a"), NULL), SECRET_RIGHT);
}

/* The form of a stored text without a name is the operator's word. */
static void without_a_name(void **state)
{
    struct secret_rules md5 = rules;
    md5.unprefixed = SECRET_MD5;
    struct secret_stored stored = {SLICE("e1ce6af7d6c72dd780fa08010f1f6062"), SLICE(LOGIN)};
    (void)state;
    assert_int_equal(secret_check_plain(&md5, stored, SLICE(TEA), NULL), SECRET_RIGHT);
    assert_int_equal(secret_check_plain(&rules, stored, SLICE(TEA), NULL), SECRET_WRONG);
}

static enum secret_verdict cram(const char *stored, struct slice challenge, const char *answer)
{
    return secret_check_cram_md5(&rules,
                                 (struct secret_stored){slice_from_str(stored), SLICE(LOGIN)},
                                 challenge, slice_from_str(answer), NULL);
}

static enum secret_verdict apop(const char *stored, struct slice challenge, const char *answer)
{
    return secret_check_apop(&rules, (struct secret_stored){slice_from_str(stored), SLICE(LOGIN)},
                             challenge, slice_from_str(answer), NULL);
}

/* RFC 2195, section 2; the stored context is doveadm's; the long key by python3's hmac. */
static void cram_md5(void **state)
{
    static const char *const forms[] = {
        "{PLAIN}tanstaaftanstaaf",
        "tanstaaftanstaaf",
        ("{PLAIN.HEX}74616e73746161667"
         "4616e7374616166"),
        "{CRAM-MD5}d06d4e1b26fccaa4b0b61801132340a354b21152711fb604ca3e035e7015116b",
    };
    struct slice challenge = SLICE("<1896.697170952@postoffice.reston.mci.net>");
    (void)state;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        assert_int_equal(cram(forms[i], challenge, "b913a602c7eda7a495b4e6e7334d3890"),
                         SECRET_RIGHT);
        assert_int_equal(cram(forms[i], challenge, "B913A602C7EDA7A495B4E6E7334D3890"),
                         SECRET_RIGHT);
        assert_int_equal(cram(forms[i], challenge, "b913a602c7eda7a495b4e6e7334d3891"),
                         SECRET_WRONG);
        assert_int_equal(cram(forms[i], SLICE("<1@b>"), "b913a602c7eda7a495b4e6e7334d3890"),
                         SECRET_WRONG);
    }
    assert_int_equal(
        cram("{PLAIN}" LONG, SLICE("<1.2@example.jp>"), "7393a6561c5562215f56c64d300b0fc5"),
        SECRET_RIGHT);
}

/* RFC 1939, section 7. */
static void apop_answers(void **state)
{
    struct slice challenge = SLICE("<1896.697170952@dbc.mtview.ca.us>");
    (void)state;
    assert_int_equal(apop("{PLAIN}tanstaaf", challenge, "c4c9334bac560ecc979e58001b3e22fb"),
                     SECRET_RIGHT);
    assert_int_equal(apop("{PLAIN}tanstaaf", challenge, "c4c9334bac560ecc979e58001b3e22fc"),
                     SECRET_WRONG);
    assert_int_equal(
        apop("{PLAIN}" LONG, SLICE("<1.2@example.jp>"), "f1573baa5b11e29cfc07a5d1a8b5ec2b"),
        SECRET_RIGHT);
}

static void answers_that_are_none(void **state)
{
    static const char *const bad[] = {"", "b913a602c7eda7a495b4e6e7334d389",
                                      "b913a602c7eda7a495b4e6e7334d38900",
                                      "b913a602c7eda7a495b4e6e7334d389g"};
    struct slice challenge = SLICE("<1896.697170952@postoffice.reston.mci.net>");
    const char *right = "b913a602c7eda7a495b4e6e7334d3890";
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(cram("{PLAIN}tanstaaftanstaaf", challenge, bad[i]), SECRET_WRONG);
    /* No account without a secret has one to answer with. */
    assert_int_equal(cram("{PLAIN}", challenge, right), SECRET_WRONG);
    assert_int_equal(apop("", challenge, right), SECRET_WRONG);
    assert_int_equal(cram("{NONE}a", challenge, right), SECRET_BAD);
    assert_int_equal(cram("{CRAM-MD5}00", challenge, right), SECRET_BAD);
    assert_int_equal(cram("{SEALED}AAAA", challenge, right), SECRET_BAD);
}

static void forms_that_cannot_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dovecot) / sizeof(dovecot[0]); i++) {
        const char *stored = dovecot[i].stored, *answer = "b913a602c7eda7a495b4e6e7334d3890";
        bool clear = strncmp(stored, "{PLAIN}", 7) == 0 || strncmp(stored, "{CLEAR", 6) == 0 ||
                     strncmp(stored, "{PLAIN.", 7) == 0;
        bool context = strstr(stored, "CRAM-MD5") != NULL || strstr(stored, "HMAC-MD5") != NULL;
        assert_int_equal(cram(stored, SLICE("<1@b>"), answer),
                         clear || context ? SECRET_WRONG : SECRET_UNSUPPORTED);
        assert_int_equal(apop(stored, SLICE("<1@b>"), answer),
                         clear ? SECRET_WRONG : SECRET_UNSUPPORTED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dovecots_forms),
        cmocka_unit_test(forms_of_others),
        cmocka_unit_test(near_misses),
        cmocka_unit_test(damaged_forms),
        cmocka_unit_test(bad_forms),
        cmocka_unit_test(costly_forms),
        cmocka_unit_test(own_bounds),
        cmocka_unit_test(locked_accounts),
        cmocka_unit_test(without_a_name),
        cmocka_unit_test(cram_md5),
        cmocka_unit_test(apop_answers),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(forms_that_cannot_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
