/* SPDX-License-Identifier: Apache-2.0
 *
 * See country_table.h. The library maps a file into memory, where one that somebody cuts off kills
 * the process that reads it; so it is given a copy that has no name (memfd_create).
 */
#include "store/country_table.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <maxminddb.h>

#include "base/buf.h"
#include "base/memory.h"
#include "store/file_stamp.h"

struct country_table {
    struct buf path;
    struct file_stamp stamp;
    MMDB_s db;
};

static bool write_all(int fd, struct slice bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote <= 0)
            return false;
        bytes = slice_skip(bytes, (size_t)wrote);
    }
    return true;
}

/* The library opens by name, and keeps what it has mapped when the descriptor is closed. */
static bool open_copy(struct country_table *table, struct slice bytes, struct err *err)
{
    char name[32];
    int fd = memfd_create("countries", MFD_CLOEXEC);
    if (fd < 0 || !write_all(fd, bytes)) {
        if (fd >= 0)
            close(fd);
        return err_set(err, ERR_IO, "%s: there is no memory for it", buf_str(&table->path));
    }
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    int status = MMDB_open(name, MMDB_MODE_MMAP, &table->db);
    close(fd);
    if (status != MMDB_SUCCESS)
        return err_set(err, ERR_INPUT, "%s: it is no whole MaxMind database (%s)",
                       buf_str(&table->path), MMDB_strerror(status));
    return true;
}

struct country_table *country_table_open(const char *path, struct err *err)
{
    CLEANUP_BUF struct buf bytes = {0};
    struct country_table *table = MEM_NEW(struct country_table);
    buf_add_str(&table->path, path);
    if (file_stamp_read(path, COUNTRY_TABLE_BYTES_MAX, &bytes, &table->stamp, err) &&
        open_copy(table, buf_slice(&bytes), err))
        return table;
    buf_done(&table->path);
    mem_free(table);
    return NULL;
}

void country_table_free(struct country_table *table)
{
    if (table == NULL)
        return;
    MMDB_close(&table->db);
    buf_done(&table->path);
    mem_free(table);
}

struct slice country_table_kind(const struct country_table *table)
{
    return slice_from_str(table->db.metadata.database_type);
}

int64_t country_table_made_s(const struct country_table *table)
{
    uint64_t made = table->db.metadata.build_epoch;
    return made > INT64_MAX / 1000000 ? 0 : (int64_t)made;
}

static uint16_t code_below(MMDB_entry_s *entry, const char *key)
{
    MMDB_entry_data_s data;
    if (MMDB_get_value(entry, &data, key, "iso_code", NULL) != MMDB_SUCCESS || !data.has_data ||
        data.type != MMDB_DATA_TYPE_UTF8_STRING)
        return COUNTRY_NONE;
    return country_from_text(slice_of(data.utf8_string, data.data_size));
}

static void address_of(const struct ip_address *ip, struct sockaddr_storage *out)
{
    *out = (struct sockaddr_storage){.ss_family = ip->len == 4 ? AF_INET : AF_INET6};
    if (ip->len == 4)
        memcpy(&((struct sockaddr_in *)out)->sin_addr, ip->bytes, 4);
    else
        memcpy(&((struct sockaddr_in6 *)out)->sin6_addr, ip->bytes, 16);
}

uint16_t country_table_find(const struct country_table *table, const struct ip_address *ip)
{
    struct sockaddr_storage address;
    int status = MMDB_SUCCESS;
    if (ip->len == 0)
        return COUNTRY_NONE;
    address_of(ip, &address);
    MMDB_lookup_result_s found =
        MMDB_lookup_sockaddr(&table->db, (const struct sockaddr *)&address, &status);
    if (status != MMDB_SUCCESS || !found.found_entry)
        return COUNTRY_NONE;
    uint16_t country = code_below(&found.entry, "country");
    return country != COUNTRY_NONE ? country : code_below(&found.entry, "registered_country");
}

bool country_table_is_old(struct country_table *table)
{
    return file_stamp_is_old(&table->stamp, buf_str(&table->path));
}
