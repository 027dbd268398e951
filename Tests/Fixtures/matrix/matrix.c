// Drives every traced call against every kind of place and prints what the kernel really answered.
//
//   matrix prepare DIR UID       on the host: a tree of every kind of file, owned by UID
//   matrix run RESULTS SET...    in the sandbox, in a writable directory that becomes the scene
//
// Each cell runs in a child of its own, so that a record of the report belongs to one cell by its
// pid. One line per cell goes to RESULTS, the fields separated by tabs:
//
//   pid  call  variant  place  approach  errno  kinds  requested  requested2  candidate...
//
// where the kinds are those of the first operand with and without following a symbolic link, and the
// candidates are the paths that the kernel may know the operands by.
//
// MATRIX_STRIDE=N makes every Nth cell, counted from MATRIX_OFFSET.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

// Newer than the headers of a long-lived distribution; the same number on every architecture.
enum { NR_fchmodat2 = 452, NR_setxattrat = 463, NR_removexattrat = 466, NR_file_setattr = 469 };

// MARK: The scene

static char scene[2048];      // the writable directory, absolute
static int results;           // descriptor of the output
static unsigned ownUser, ownGroup;

static void fail(const char *what) {
    fprintf(stderr, "matrix: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void file_at(int dir, const char *name, mode_t mode) {
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, "text\n", 5) != 5)
        fail(name);
    fchmod(fd, mode);
    close(fd);
}

static void socket_at(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        fail("bind");
    close(fd);
}

// Every kind of file, in the working directory.
static void make_files(const char *absolute) {
    char text[4096];
    file_at(AT_FDCWD, "file", 0644);
    file_at(AT_FDCWD, "file444", 0444);
    file_at(AT_FDCWD, "file666", 0666);
    file_at(AT_FDCWD, "file200", 0200);
    file_at(AT_FDCWD, "file000", 0000);
    file_at(AT_FDCWD, "suid", 04755);
    for (const char **name = (const char *[]){"dir", "dir555", "dir000", "dir777", "sticky", 0};
         *name; name++) {
        mkdir(*name, 0700);
        snprintf(text, sizeof text, "%s/inner", *name);
        file_at(AT_FDCWD, text, 0644);
        snprintf(text, sizeof text, "%s/inner666", *name);
        file_at(AT_FDCWD, text, 0666);
        snprintf(text, sizeof text, "%s/sub", *name);
        mkdir(text, 0755);
    }
    mkdir("empty", 0755);
    mkfifo("fifo", 0644);
    socket_at("sock");
    symlink("file", "link");
    symlink("file444", "link444");
    symlink("dir", "linkdir");
    snprintf(text, sizeof text, "%s/file", absolute);
    symlink(text, "linkabs");
    snprintf(text, sizeof text, "%s/new", absolute);
    symlink(text, "danglingabs");
    symlink("nowhere", "dangling");
    symlink("no/where", "danglingdeep");
    symlink("nowhere/", "danglingslash");
    symlink("dangling", "danglingtwice");
    symlink("loop", "loop");
    symlink("/usr/bin/env", "linkusr");
    symlink("/usr/new", "linkusrnew");
    symlink("/etc/passwd", "linketc");
    symlink("/dev/stdout", "linkstdout");
    symlink("/proc/self", "linkself");
    symlink("/proc/self/fd/6", "linkfd6");
    symlink("/proc/self/fd/7", "linkfd7");
    symlink("/proc/self/fd/8", "linkfd8");
    symlink("/dev/null", "linknull");
}

static void set_modes(void) {
    chmod("dir", 0755);
    chmod("dir555", 0555);
    chmod("dir777", 0777);
    chmod("sticky", 01777);
    chmod("dir000", 0000);
}

static void remove_tree(int dir, const char *name) {
    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return;
    fchmodat(dir, name, 0700, 0);
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return;
    char buffer[8192] __attribute__((aligned(8)));
    for (int found = 1; found;) {
        found = 0;
        lseek(fd, 0, SEEK_SET);
        long got = syscall(SYS_getdents64, fd, buffer, sizeof buffer);
        for (long at = 0; at < got;) {
            unsigned short length = *(unsigned short *)(buffer + at + 16);
            char *entry = buffer + at + 19;
            if (strcmp(entry, ".") && strcmp(entry, "..")) {
                remove_tree(fd, entry);
                found = 1;
            }
            at += length;
        }
    }
    close(fd);
    unlinkat(dir, name, AT_REMOVEDIR);
}

static char ownTree[2100];

static void rebuild(void) {
    if (chdir(scene) != 0)
        fail("chdir");
    remove_tree(AT_FDCWD, "s");
    mkdir("s", 0755);
    mkdir("s/w", 0755);
    if (chdir("s/w") != 0)
        fail("chdir s/w");
    make_files(ownTree);
    set_modes();
    if (chdir(scene) != 0)
        fail("chdir");
}

static int prepare(const char *directory, const char *user) {
    char copy[64];
    unsigned uid = (unsigned)atoi(user);
    mkdir(directory, 0755);
    if (chdir(directory) != 0)
        fail(directory);
    make_files(directory);
    if (geteuid() == 0) {
        // Things that only the host's root can make.
        mknod("chr", S_IFCHR | 0666, makedev(1, 3));
        chmod("chr", 0666);
        file_at(AT_FDCWD, "immutable", 0644);
        file_at(AT_FDCWD, "append", 0666);
        mkdir("immutabledir", 0755);
        file_at(AT_FDCWD, "immutabledir/inner", 0666);
        mkdir("appenddir", 0777);
        chmod("appenddir", 0777);
        file_at(AT_FDCWD, "appenddir/inner", 0666);
        snprintf(copy, sizeof copy, "chown -hR %u:%u .", uid, uid);
        if (system(copy) != 0)
            return 2;
        // Files of the other kind of owner in a sticky directory: of root's among a user's, and
        // the other way round.
        unsigned other = uid == 0 ? 4242 : 0;
        file_at(AT_FDCWD, "sticky/other", 0666);
        if (chown("sticky/other", other, other) != 0)
            fail("chown");
        chmod("suid", 04755);
        // Not every file system has these; the results show what came of it.
        (void)!system("chattr +i immutable immutabledir; chattr +a append appenddir");
    }
    set_modes();
    return 0;
}

// MARK: Calls

// All in static memory, below 4 GiB in a static executable: the 32-bit calls need that.
static struct {
    char first[8192], second[8192];
    struct timespec times[2];
    struct timeval micro[2];
    struct utimbuf seconds;
    int times32[4];
    struct sockaddr_un address;
    uint32_t block[3];
    struct open_how how;
    struct { uint64_t value; uint32_t size, flags; } attribute;
    struct { uint64_t flags; uint32_t a, b, c, d; } fileAttribute;
    char name[300];
    char acl[44];
    int flags;
} m;

struct Where {
    int dir, dir2;
    long path, path2;  // addresses, so that bad ones can be given too
    int fd;
};

struct Variant {
    const char *call, *label, *set;
    int shape;
    long (*run)(const struct Where *, long, long);
    long a, b;
};

enum Shape {
    PATH = 1,      // one path, absolute or relative to the working directory
    AT = 2,        // one path with a directory's descriptor
    FD = 4,        // an open file
    PAIR = 8,      // two paths
    PAIR_AT = 16,  // two with descriptors
};

#define CALL(name) static long name(const struct Where *w, long a, long b)
#define UNUSED (void)w, (void)a, (void)b

CALL(c_open) { UNUSED; return syscall(SYS_open, w->path, a | O_NONBLOCK | O_NOCTTY, 0644); }
CALL(c_openat) { UNUSED; return syscall(SYS_openat, w->dir, w->path, a | O_NONBLOCK | O_NOCTTY, 0644); }
CALL(c_creat) { UNUSED; return syscall(SYS_creat, w->path, 0644); }
CALL(c_openat2) {
    UNUSED;
    m.how.flags = (uint64_t)a | O_NONBLOCK | O_NOCTTY;
    m.how.mode = (a & O_CREAT) || (a & O_TMPFILE) == O_TMPFILE ? 0644 : 0;
    m.how.resolve = (uint64_t)b;
    return syscall(SYS_openat2, w->dir, w->path, &m.how, sizeof m.how);
}
CALL(c_openat2_bad) {
    UNUSED;
    m.how.flags = O_WRONLY | O_CREAT;
    m.how.mode = 0644;
    m.how.resolve = 0;
    if (b == 1) m.how.resolve = 1u << 20;
    if (b == 2) m.how.mode = 01000000;
    if (b == 3) { m.how.flags = O_WRONLY; m.how.mode = 0644; }
    if (b == 4) m.how.flags |= 1ull << 40;
    if (b == 5) m.how.flags |= O_PATH;
    if (b == 6) return syscall(SYS_openat2, w->dir, w->path, &m.how, 8);
    if (b == 7) return syscall(SYS_openat2, w->dir, w->path, 1, sizeof m.how);
    return syscall(SYS_openat2, w->dir, w->path, &m.how, sizeof m.how);
}
CALL(c_mkdir) { UNUSED; return syscall(SYS_mkdir, w->path, 0755); }
CALL(c_mkdirat) { UNUSED; return syscall(SYS_mkdirat, w->dir, w->path, 0755); }
CALL(c_mknod) { UNUSED; return syscall(SYS_mknod, w->path, a, b); }
CALL(c_mknodat) { UNUSED; return syscall(SYS_mknodat, w->dir, w->path, a, b); }
static const char *const targets[] = {"target", ""};
CALL(c_symlink) { UNUSED; return syscall(SYS_symlink, targets[a], w->path); }
CALL(c_symlinkat) { UNUSED; return syscall(SYS_symlinkat, targets[a], w->dir, w->path); }
CALL(c_unlink) { UNUSED; return syscall(SYS_unlink, w->path); }
CALL(c_unlinkat) { UNUSED; return syscall(SYS_unlinkat, w->dir, w->path, a); }
CALL(c_rmdir) { UNUSED; return syscall(SYS_rmdir, w->path); }
CALL(c_truncate) { UNUSED; return syscall(SYS_truncate, w->path, a); }
CALL(c_chmod) { UNUSED; return syscall(SYS_chmod, w->path, a); }
CALL(c_fchmodat) { UNUSED; return syscall(SYS_fchmodat, w->dir, w->path, a); }
CALL(c_fchmodat2) { UNUSED; return syscall(NR_fchmodat2, w->dir, w->path, a, b); }
// An owner: the user itself, nobody in particular, one that is not mapped.
static long owner(long kind) { return kind == 0 ? (long)ownUser : kind == 1 ? -1 : 0; }
static long group(long kind) { return kind == 0 ? (long)ownGroup : kind == 1 ? -1 : 0; }
CALL(c_chown) { UNUSED; return syscall(SYS_chown, w->path, owner(a), group(b)); }
CALL(c_lchown) { UNUSED; return syscall(SYS_lchown, w->path, owner(a), group(b)); }
CALL(c_fchownat) { UNUSED; return syscall(SYS_fchownat, w->dir, w->path, owner(a), group(a), b); }
static long micro(long kind) {
    m.micro[0] = m.micro[1] = (struct timeval){1000, kind == 2 ? 2000000 : 0};
    return kind == 0 ? 0 : (long)m.micro;
}
CALL(c_utime) { UNUSED; m.seconds = (struct utimbuf){1, 1}; return syscall(SYS_utime, w->path, a ? &m.seconds : 0); }
CALL(c_utimes) { UNUSED; return syscall(SYS_utimes, w->path, micro(a)); }
CALL(c_futimesat) { UNUSED; return syscall(SYS_futimesat, w->dir, w->path, micro(a)); }
enum Times { NONE, NOW, OMIT, SET, NOW_OMIT, OMIT_SET, NOW_SET, WRONG };
static long nano(long kind) {
    static const long values[][2] = {
        {0, 0}, {UTIME_NOW, UTIME_NOW}, {UTIME_OMIT, UTIME_OMIT}, {0, 0}, {UTIME_NOW, UTIME_OMIT},
        {UTIME_OMIT, 0}, {UTIME_NOW, 0}, {2000000000, 0}};
    m.times[0] = (struct timespec){1000, values[kind][0]};
    m.times[1] = (struct timespec){1000, values[kind][1]};
    return kind == NONE ? 0 : (long)m.times;
}
CALL(c_utimensat) { UNUSED; return syscall(SYS_utimensat, w->dir, w->path, nano(a), b); }
static const char *const attributes[] = {
    "user.test", "security.test", "trusted.test", "system.posix_acl_access",
    "system.posix_acl_default", "foo.test", "", "user.", "security.capability"};
// user::rw- group::r-- other::r-- as the kernel keeps it
static const unsigned char acl[] = {2, 0, 0, 0, 1, 0, 6, 0, 255, 255, 255, 255, 4, 0, 4, 0,
                                    255, 255, 255, 255, 32, 0, 4, 0, 255, 255, 255, 255};
static long attribute_value(long kind) { return kind == 3 || kind == 4 ? (long)acl : (long)"v"; }
static long attribute_size(long kind) { return kind == 3 || kind == 4 ? (long)sizeof acl : 1; }
CALL(c_setxattr) { UNUSED; return syscall(SYS_setxattr, w->path, attributes[a], attribute_value(a), attribute_size(a), b); }
CALL(c_lsetxattr) { UNUSED; return syscall(SYS_lsetxattr, w->path, attributes[a], attribute_value(a), attribute_size(a), b); }
CALL(c_removexattr) { UNUSED; return syscall(SYS_removexattr, w->path, attributes[a]); }
CALL(c_lremovexattr) { UNUSED; return syscall(SYS_lremovexattr, w->path, attributes[a]); }
CALL(c_setxattrat) {
    UNUSED;
    m.attribute.value = (uint64_t)attribute_value(a);
    m.attribute.size = (uint32_t)attribute_size(a);
    m.attribute.flags = 0;
    return syscall(NR_setxattrat, w->dir, w->path, b, attributes[a], &m.attribute, sizeof m.attribute);
}
CALL(c_removexattrat) { UNUSED; return syscall(NR_removexattrat, w->dir, w->path, b, attributes[a]); }
CALL(c_file_setattr) {
    UNUSED;
    memset(&m.fileAttribute, 0, sizeof m.fileAttribute);
    m.fileAttribute.flags = (uint64_t)a;
    return syscall(NR_file_setattr, w->dir, w->path, &m.fileAttribute, sizeof m.fileAttribute, b);
}
CALL(c_bind) {
    UNUSED;
    memset(&m.address, 0, sizeof m.address);
    m.address.sun_family = AF_UNIX;
    if (w->path < 4096)
        return syscall(SYS_bind, w->fd, w->path, sizeof m.address);
    size_t length = strlen((const char *)w->path);
    // Longer ones cannot be said in an address.
    if (length > sizeof m.address.sun_path)
        length = sizeof m.address.sun_path;
    memcpy(m.address.sun_path, (const char *)w->path, length);
    return syscall(SYS_bind, w->fd, &m.address, a ? (long)(2 + length) : (long)sizeof m.address);
}
// On open files.
CALL(c_fchmod) { UNUSED; return syscall(SYS_fchmod, w->fd, a); }
CALL(c_fchown) { UNUSED; return syscall(SYS_fchown, w->fd, owner(a), group(a)); }
CALL(c_fsetxattr) { UNUSED; return syscall(SYS_fsetxattr, w->fd, attributes[a], attribute_value(a), attribute_size(a), 0); }
CALL(c_fremovexattr) { UNUSED; return syscall(SYS_fremovexattr, w->fd, attributes[a]); }
CALL(c_futimens) { UNUSED; return syscall(SYS_utimensat, w->fd, 0, nano(a), b); }
CALL(c_futimesat_fd) { UNUSED; return syscall(SYS_futimesat, w->fd, 0, micro(a)); }
CALL(c_fchownat_fd) { UNUSED; return syscall(SYS_fchownat, w->fd, "", owner(a), group(a), AT_EMPTY_PATH); }
CALL(c_fchmodat2_fd) { UNUSED; return syscall(NR_fchmodat2, w->fd, "", 0644, AT_EMPTY_PATH); }
CALL(c_utimensat_fd) { UNUSED; return syscall(SYS_utimensat, w->fd, "", nano(a), AT_EMPTY_PATH); }
CALL(c_setxattrat_fd) { UNUSED; struct Where v = *w; v.dir = w->fd; v.path = b ? 0 : (long)""; return c_setxattrat(&v, a, AT_EMPTY_PATH); }
CALL(c_removexattrat_fd) { UNUSED; return syscall(NR_removexattrat, w->fd, "", AT_EMPTY_PATH, attributes[a]); }
CALL(c_file_setattr_fd) { UNUSED; struct Where v = *w; v.dir = w->fd; v.path = (long)""; return c_file_setattr(&v, a, AT_EMPTY_PATH); }
CALL(c_setflags) { UNUSED; m.flags = (int)a; return syscall(SYS_ioctl, w->fd, FS_IOC_SETFLAGS, &m.flags); }
CALL(c_fssetxattr) { UNUSED; static struct fsxattr value; return syscall(SYS_ioctl, w->fd, FS_IOC_FSSETXATTR, &value); }
CALL(c_linkat_fd) {
    UNUSED;
    return syscall(SYS_linkat, w->fd, "", AT_FDCWD, w->path2, AT_EMPTY_PATH);
}
// On two paths.
CALL(c_rename) { UNUSED; return syscall(SYS_rename, w->path, w->path2); }
CALL(c_renameat) { UNUSED; return syscall(SYS_renameat, w->dir, w->path, w->dir2, w->path2); }
CALL(c_renameat2) { UNUSED; return syscall(SYS_renameat2, w->dir, w->path, w->dir2, w->path2, a); }
CALL(c_link) { UNUSED; return syscall(SYS_link, w->path, w->path2); }
CALL(c_linkat) { UNUSED; return syscall(SYS_linkat, w->dir, w->path, w->dir2, w->path2, a); }

// The 32-bit calls, by their own gate.
static long gate(long number, long a, long b, long c, long d, long e) {
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory", "r8", "r9", "r10", "r11");
    if ((int)result < 0) {
        errno = -(int)result;
        return -1;
    }
    return (int)result;
}
CALL(i_path) { UNUSED; return gate(a, w->path, b, 0, 0, 0); }
CALL(i_open) { UNUSED; return gate(5, w->path, a | O_NONBLOCK | O_NOCTTY, 0644, 0, 0); }
CALL(i_openat) { UNUSED; return gate(295, w->dir, w->path, a | O_NONBLOCK | O_NOCTTY, 0644, 0); }
CALL(i_openat2) {
    UNUSED;
    m.how.flags = (uint64_t)a;
    m.how.mode = a & O_CREAT ? 0644 : 0;
    m.how.resolve = 0;
    return gate(437, w->dir, w->path, (long)&m.how, sizeof m.how, 0);
}
CALL(i_at) { UNUSED; return gate(a, w->dir, w->path, b, 0, 0); }
CALL(i_mknod) { UNUSED; return gate(14, w->path, a, b, 0, 0); }
CALL(i_symlink) { UNUSED; strcpy(m.name, "target"); return gate(83, (long)m.name, w->path, 0, 0, 0); }
CALL(i_chown) { UNUSED; return gate(a, w->path, owner(b), group(b), 0, 0); }
CALL(i_fchown) { UNUSED; return gate(a, w->fd, owner(b), group(b), 0, 0); }
CALL(i_fchownat) { UNUSED; return gate(298, w->dir, w->path, owner(a), group(a), b); }
CALL(i_truncate64) { UNUSED; return gate(193, w->path, a, b, 0, 0); }
static long narrow(long kind) {
    nano(kind);
    m.times32[0] = m.times32[2] = 1000;
    m.times32[1] = (int)m.times[0].tv_nsec;
    m.times32[3] = (int)m.times[1].tv_nsec;
    return kind == NONE ? 0 : (long)m.times32;
}
CALL(i_utimensat) { UNUSED; return gate(320, w->dir, w->path, narrow(a), b, 0); }
CALL(i_utimensat64) { UNUSED; return gate(412, w->dir, w->path, nano(a), b, 0); }
CALL(i_futimens) { UNUSED; return gate(320, w->fd, 0, narrow(a), 0, 0); }
CALL(i_utime) { UNUSED; return gate(30, w->path, a ? narrow(SET) : 0, 0, 0, 0); }
CALL(i_utimes) { UNUSED; return gate(271, w->path, a ? narrow(SET) : 0, 0, 0, 0); }
CALL(i_futimesat) { UNUSED; return gate(299, w->dir, w->path, a ? narrow(SET) : 0, 0, 0); }
CALL(i_setxattr) { UNUSED; strcpy(m.name, attributes[b]); memcpy(m.acl, (void *)attribute_value(b), (size_t)attribute_size(b)); return gate(a, w->path, (long)m.name, (long)m.acl, attribute_size(b), 0); }
CALL(i_fsetxattr) { UNUSED; strcpy(m.name, attributes[b]); memcpy(m.acl, (void *)attribute_value(b), (size_t)attribute_size(b)); return gate(a, w->fd, (long)m.name, (long)m.acl, attribute_size(b), 0); }
CALL(i_fchmod) { UNUSED; return gate(94, w->fd, a, 0, 0, 0); }
CALL(i_fchmodat2) { UNUSED; return gate(452, w->dir, w->path, a, b, 0); }
static void address(const struct Where *w) {
    memset(&m.address, 0, sizeof m.address);
    m.address.sun_family = AF_UNIX;
    strncpy(m.address.sun_path, w->path < 4096 ? "" : (const char *)w->path, sizeof m.address.sun_path);
}
CALL(i_bind) { UNUSED; address(w); return gate(361, w->fd, (long)&m.address, sizeof m.address, 0, 0); }
CALL(i_socketcall) {
    UNUSED;
    address(w);
    m.block[0] = (uint32_t)w->fd;
    m.block[1] = (uint32_t)(long)&m.address;
    m.block[2] = sizeof m.address;
    return gate(102, 2, (long)m.block, 0, 0, 0);
}
CALL(i_pair) { UNUSED; return gate(a, w->path, w->path2, 0, 0, 0); }
CALL(i_pair_at) { UNUSED; return gate(a, w->dir, w->path, w->dir2, w->path2, b); }

#define OPENS(call, set, shape, run)                                                               \
    {call, "wronly", set, shape, run, O_WRONLY, 0}, {call, "rdwr", set, shape, run, O_RDWR, 0},    \
    {call, "rdonly-creat", set, shape, run, O_RDONLY | O_CREAT, 0},                                \
    {call, "wronly-creat", set, shape, run, O_WRONLY | O_CREAT, 0},                                \
    {call, "wronly-creat-excl", set, shape, run, O_WRONLY | O_CREAT | O_EXCL, 0},                  \
    {call, "rdonly-creat-excl", set, shape, run, O_RDONLY | O_CREAT | O_EXCL, 0},                  \
    {call, "wronly-creat-trunc", set, shape, run, O_WRONLY | O_CREAT | O_TRUNC, 0},                \
    {call, "rdwr-creat-append", set, shape, run, O_RDWR | O_CREAT | O_APPEND, 0},                  \
    {call, "wronly-trunc", set, shape, run, O_WRONLY | O_TRUNC, 0},                                \
    {call, "rdonly-trunc", set, shape, run, O_RDONLY | O_TRUNC, 0},                                \
    {call, "rdwr-tmpfile", set, shape, run, O_RDWR | O_TMPFILE, 0},                                \
    {call, "wronly-tmpfile-excl", set, shape, run, O_WRONLY | O_TMPFILE | O_EXCL, 0},              \
    {call, "rdonly-tmpfile", set, shape, run, O_RDONLY | O_TMPFILE, 0},                            \
    {call, "rdwr-tmpfile-creat", set, shape, run, O_RDWR | O_TMPFILE | O_CREAT, 0},                \
    {call, "wronly-nofollow", set, shape, run, O_WRONLY | O_NOFOLLOW, 0},                          \
    {call, "rdwr-creat-nofollow", set, shape, run, O_RDWR | O_CREAT | O_NOFOLLOW, 0},              \
    {call, "wronly-directory", set, shape, run, O_WRONLY | O_DIRECTORY, 0},                        \
    {call, "rdonly-trunc-directory", set, shape, run, O_RDONLY | O_TRUNC | O_DIRECTORY, 0},        \
    {call, "rdonly-creat-directory", set, shape, run, O_RDONLY | O_CREAT | O_DIRECTORY, 0},        \
    {call, "path-creat", set, shape, run, O_PATH | O_CREAT, 0},                                    \
    {call, "wronly-append", set, shape, run, O_WRONLY | O_APPEND, 0},                              \
    {call, "wronly-append-trunc", set, shape, run, O_WRONLY | O_APPEND | O_TRUNC, 0},              \
    {call, "wronly-excl", set, shape, run, O_WRONLY | O_EXCL, 0},                                  \
    {call, "access-3", set, shape, run, 3, 0},                                                     \
    {call, "access-3-creat", set, shape, run, 3 | O_CREAT, 0},                                     \
    {call, "access-3-trunc", set, shape, run, 3 | O_TRUNC, 0},                                     \
    {call, "wronly-noatime", set, shape, run, O_WRONLY | O_NOATIME, 0},                            \
    {call, "wronly-creat-noatime", set, shape, run, O_WRONLY | O_CREAT | O_NOATIME, 0}

static const struct Variant variants[] = {
    OPENS("open", "open", PATH, c_open),
    {"creat", "", "open", PATH, c_creat, 0, 0},
    OPENS("openat", "openat", AT, c_openat),
    OPENS("openat2", "openat2", AT, c_openat2),
    {"openat2", "no-symlinks", "openat2", AT, c_openat2, O_WRONLY | O_CREAT, RESOLVE_NO_SYMLINKS},
    {"openat2", "no-magiclinks", "openat2", AT, c_openat2, O_WRONLY | O_CREAT, RESOLVE_NO_MAGICLINKS},
    {"openat2", "no-magiclinks-wronly", "openat2", AT, c_openat2, O_WRONLY, RESOLVE_NO_MAGICLINKS},
    {"openat2", "no-xdev", "openat2", AT, c_openat2, O_WRONLY | O_CREAT, RESOLVE_NO_XDEV},
    {"openat2", "beneath", "openat2", AT, c_openat2, O_WRONLY | O_CREAT, RESOLVE_BENEATH},
    {"openat2", "beneath-wronly", "openat2", AT, c_openat2, O_WRONLY, RESOLVE_BENEATH},
    {"openat2", "in-root", "openat2", AT, c_openat2, O_WRONLY | O_CREAT, RESOLVE_IN_ROOT},
    {"openat2", "in-root-excl", "openat2", AT, c_openat2, O_WRONLY | O_CREAT | O_EXCL, RESOLVE_IN_ROOT},
    {"openat2", "in-root-tmpfile", "openat2", AT, c_openat2, O_WRONLY | O_TMPFILE, RESOLVE_IN_ROOT},
    {"openat2", "cached", "openat2", AT, c_openat2, O_WRONLY, RESOLVE_CACHED},
    {"openat2", "bad-resolve", "openat2", AT, c_openat2_bad, 0, 1},
    {"openat2", "bad-mode", "openat2", AT, c_openat2_bad, 0, 2},
    {"openat2", "mode-without-creat", "openat2", AT, c_openat2_bad, 0, 3},
    {"openat2", "bad-flags", "openat2", AT, c_openat2_bad, 0, 4},
    {"openat2", "path-creat-how", "openat2", AT, c_openat2_bad, 0, 5},
    {"openat2", "short-how", "openat2", AT, c_openat2_bad, 0, 6},
    {"openat2", "bad-how", "openat2", AT, c_openat2_bad, 0, 7},

    {"mkdir", "", "make", PATH, c_mkdir, 0, 0},
    {"mkdirat", "", "make", AT, c_mkdirat, 0, 0},
    {"mknod", "regular", "make", PATH, c_mknod, S_IFREG | 0644, 0},
    {"mknod", "fifo", "make", PATH, c_mknod, S_IFIFO | 0644, 0},
    {"mknod", "socket", "make", PATH, c_mknod, S_IFSOCK | 0644, 0},
    {"mknod", "device", "make", PATH, c_mknod, S_IFCHR | 0644, 0x103},
    {"mknod", "whiteout", "make", PATH, c_mknod, S_IFCHR | 0644, 0},
    {"mknod", "directory", "make", PATH, c_mknod, S_IFDIR | 0755, 0},
    {"mknod", "nonsense", "make", PATH, c_mknod, 0170000, 0},
    {"mknodat", "none", "make", AT, c_mknodat, 0644, 0},
    {"symlink", "", "make", PATH, c_symlink, 0, 0},
    {"symlink", "empty", "make", PATH, c_symlink, 1, 0},
    {"symlinkat", "", "make", AT, c_symlinkat, 0, 0},
    {"bind", "", "make", PATH | FD, c_bind, 0, 0},
    {"bind", "exact", "make", PATH | FD, c_bind, 1, 0},

    {"unlink", "", "remove", PATH, c_unlink, 0, 0},
    {"unlinkat", "", "remove", AT, c_unlinkat, 0, 0},
    {"unlinkat", "removedir", "remove", AT, c_unlinkat, AT_REMOVEDIR, 0},
    {"unlinkat", "bad-flags", "remove", AT, c_unlinkat, 1, 0},
    {"rmdir", "", "remove", PATH, c_rmdir, 0, 0},
    {"truncate", "", "remove", PATH, c_truncate, 0, 0},
    {"truncate", "negative", "remove", PATH, c_truncate, -1, 0},

    {"chmod", "", "mode", PATH, c_chmod, 0600, 0},
    {"chmod", "setuid", "mode", PATH, c_chmod, 06755, 0},
    {"fchmodat", "", "mode", AT, c_fchmodat, 0600, 0},
    {"fchmodat2", "", "mode", AT, c_fchmodat2, 0600, 0},
    {"fchmodat2", "nofollow", "mode", AT, c_fchmodat2, 0600, AT_SYMLINK_NOFOLLOW},
    {"fchmodat2", "empty", "mode", AT, c_fchmodat2, 0600, AT_EMPTY_PATH},
    {"fchmodat2", "bad-flags", "mode", AT, c_fchmodat2, 0600, 1},
    {"fchmod", "", "mode", FD, c_fchmod, 0600, 0},
    {"fchmodat2", "fd", "mode", FD, c_fchmodat2_fd, 0, 0},

    {"chown", "own", "owner", PATH, c_chown, 0, 0},
    {"chown", "none", "owner", PATH, c_chown, 1, 1},
    {"chown", "other", "owner", PATH, c_chown, 2, 2},
    {"chown", "user", "owner", PATH, c_chown, 0, 1},
    {"chown", "group", "owner", PATH, c_chown, 1, 0},
    {"chown", "other-group", "owner", PATH, c_chown, 1, 2},
    {"lchown", "own", "owner", PATH, c_lchown, 0, 0},
    {"lchown", "none", "owner", PATH, c_lchown, 1, 1},
    {"fchownat", "own", "owner", AT, c_fchownat, 0, 0},
    {"fchownat", "nofollow", "owner", AT, c_fchownat, 0, AT_SYMLINK_NOFOLLOW},
    {"fchownat", "empty", "owner", AT, c_fchownat, 0, AT_EMPTY_PATH},
    {"fchownat", "bad-flags", "owner", AT, c_fchownat, 0, 1},
    {"fchown", "own", "owner", FD, c_fchown, 0, 0},
    {"fchown", "none", "owner", FD, c_fchown, 1, 0},
    {"fchown", "other", "owner", FD, c_fchown, 2, 0},
    {"fchownat", "fd", "owner", FD, c_fchownat_fd, 0, 0},

    {"utime", "now", "times", PATH, c_utime, 0, 0},
    {"utime", "set", "times", PATH, c_utime, 1, 0},
    {"utimes", "now", "times", PATH, c_utimes, 0, 0},
    {"utimes", "set", "times", PATH, c_utimes, 1, 0},
    {"utimes", "wrong", "times", PATH, c_utimes, 2, 0},
    {"futimesat", "now", "times", AT, c_futimesat, 0, 0},
    {"futimesat", "set", "times", AT, c_futimesat, 1, 0},
    {"utimensat", "none", "times", AT, c_utimensat, NONE, 0},
    {"utimensat", "now", "times", AT, c_utimensat, NOW, 0},
    {"utimensat", "omit", "times", AT, c_utimensat, OMIT, 0},
    {"utimensat", "set", "times", AT, c_utimensat, SET, 0},
    {"utimensat", "now-omit", "times", AT, c_utimensat, NOW_OMIT, 0},
    {"utimensat", "omit-set", "times", AT, c_utimensat, OMIT_SET, 0},
    {"utimensat", "now-set", "times", AT, c_utimensat, NOW_SET, 0},
    {"utimensat", "wrong", "times", AT, c_utimensat, WRONG, 0},
    {"utimensat", "nofollow", "times", AT, c_utimensat, SET, AT_SYMLINK_NOFOLLOW},
    {"utimensat", "now-nofollow", "times", AT, c_utimensat, NONE, AT_SYMLINK_NOFOLLOW},
    {"utimensat", "empty", "times", AT, c_utimensat, NONE, AT_EMPTY_PATH},
    {"utimensat", "bad-flags", "times", AT, c_utimensat, NONE, 1},
    {"utimensat", "futimens-now", "times", FD, c_futimens, NONE, 0},
    {"utimensat", "futimens-omit", "times", FD, c_futimens, OMIT, 0},
    {"utimensat", "futimens-set", "times", FD, c_futimens, SET, 0},
    {"utimensat", "futimens-nofollow", "times", FD, c_futimens, SET, AT_SYMLINK_NOFOLLOW},
    {"utimensat", "fd-empty", "times", FD, c_utimensat_fd, SET, 0},
    {"futimesat", "fd", "times", FD, c_futimesat_fd, 1, 0},

    {"setxattr", "user", "attribute", PATH, c_setxattr, 0, 0},
    {"setxattr", "user-replace", "attribute", PATH, c_setxattr, 0, 2},
    {"setxattr", "bad-flags", "attribute", PATH, c_setxattr, 0, 8},
    {"setxattr", "security", "attribute", PATH, c_setxattr, 1, 0},
    {"setxattr", "trusted", "attribute", PATH, c_setxattr, 2, 0},
    {"setxattr", "acl", "attribute", PATH, c_setxattr, 3, 0},
    {"setxattr", "default-acl", "attribute", PATH, c_setxattr, 4, 0},
    {"setxattr", "unknown", "attribute", PATH, c_setxattr, 5, 0},
    {"setxattr", "no-name", "attribute", PATH, c_setxattr, 6, 0},
    {"setxattr", "short-name", "attribute", PATH, c_setxattr, 7, 0},
    {"setxattr", "capability", "attribute", PATH, c_setxattr, 8, 0},
    {"lsetxattr", "user", "attribute", PATH, c_lsetxattr, 0, 0},
    {"lsetxattr", "acl", "attribute", PATH, c_lsetxattr, 3, 0},
    {"lsetxattr", "security", "attribute", PATH, c_lsetxattr, 1, 0},
    {"removexattr", "user", "attribute", PATH, c_removexattr, 0, 0},
    {"removexattr", "security", "attribute", PATH, c_removexattr, 1, 0},
    {"removexattr", "trusted", "attribute", PATH, c_removexattr, 2, 0},
    {"removexattr", "acl", "attribute", PATH, c_removexattr, 3, 0},
    {"removexattr", "unknown", "attribute", PATH, c_removexattr, 5, 0},
    {"lremovexattr", "user", "attribute", PATH, c_lremovexattr, 0, 0},
    {"setxattrat", "user", "attribute", AT, c_setxattrat, 0, 0},
    {"setxattrat", "nofollow", "attribute", AT, c_setxattrat, 3, AT_SYMLINK_NOFOLLOW},
    {"setxattrat", "empty", "attribute", AT, c_setxattrat, 0, AT_EMPTY_PATH},
    {"removexattrat", "user", "attribute", AT, c_removexattrat, 0, 0},
    {"file_setattr", "", "attribute", AT, c_file_setattr, 0, 0},
    {"file_setattr", "nofollow", "attribute", AT, c_file_setattr, 0, AT_SYMLINK_NOFOLLOW},
    {"file_setattr", "immutable", "attribute", AT, c_file_setattr, 8, 0},
    {"fsetxattr", "user", "attribute", FD, c_fsetxattr, 0, 0},
    {"fsetxattr", "security", "attribute", FD, c_fsetxattr, 1, 0},
    {"fsetxattr", "acl", "attribute", FD, c_fsetxattr, 3, 0},
    {"fremovexattr", "user", "attribute", FD, c_fremovexattr, 0, 0},
    {"setxattrat", "fd", "attribute", FD, c_setxattrat_fd, 0, 0},
    {"setxattrat", "fd-null", "attribute", FD, c_setxattrat_fd, 0, 1},
    {"removexattrat", "fd", "attribute", FD, c_removexattrat_fd, 0, 0},
    {"file_setattr", "fd", "attribute", FD, c_file_setattr_fd, 0, 0},
    {"ioctl", "setflags", "attribute", FD, c_setflags, 0, 0},
    {"ioctl", "setflags-immutable", "attribute", FD, c_setflags, 0x10, 0},
    {"ioctl", "fssetxattr", "attribute", FD, c_fssetxattr, 0, 0},

    {"rename", "", "rename", PAIR, c_rename, 0, 0},
    {"renameat", "", "rename", PAIR_AT, c_renameat, 0, 0},
    {"renameat2", "noreplace", "rename", PAIR_AT, c_renameat2, 1, 0},
    {"renameat2", "exchange", "rename", PAIR_AT, c_renameat2, 2, 0},
    {"renameat2", "whiteout", "rename", PAIR_AT, c_renameat2, 4, 0},
    {"renameat2", "both", "rename", PAIR_AT, c_renameat2, 3, 0},
    {"renameat2", "bad-flags", "rename", PAIR_AT, c_renameat2, 8, 0},
    {"link", "", "link", PAIR, c_link, 0, 0},
    {"linkat", "", "link", PAIR_AT, c_linkat, 0, 0},
    {"linkat", "follow", "link", PAIR_AT, c_linkat, AT_SYMLINK_FOLLOW, 0},
    {"linkat", "empty", "link", PAIR_AT, c_linkat, AT_EMPTY_PATH, 0},
    {"linkat", "bad-flags", "link", PAIR_AT, c_linkat, 1, 0},
    {"linkat", "fd", "link", FD | PAIR, c_linkat_fd, 0, 0},

    {"open", "i386-wronly", "i386", PATH, i_open, O_WRONLY, 0},
    {"open", "i386-creat", "i386", PATH, i_open, O_WRONLY | O_CREAT, 0},
    {"open", "i386-trunc", "i386", PATH, i_open, O_RDWR | O_TRUNC, 0},
    {"openat", "i386-excl", "i386", AT, i_openat, O_WRONLY | O_CREAT | O_EXCL, 0},
    {"openat2", "i386", "i386", AT, i_openat2, O_WRONLY | O_CREAT, 0},
    {"creat", "i386", "i386", PATH, i_path, 8, 0644},
    {"mkdir", "i386", "i386", PATH, i_path, 39, 0755},
    {"mkdirat", "i386", "i386", AT, i_at, 296, 0755},
    {"mknod", "i386", "i386", PATH, i_mknod, S_IFIFO | 0644, 0},
    {"symlink", "i386", "i386", PATH, i_symlink, 0, 0},
    {"unlink", "i386", "i386", PATH, i_path, 10, 0},
    {"unlinkat", "i386", "i386", AT, i_at, 301, 0},
    {"rmdir", "i386", "i386", PATH, i_path, 40, 0},
    {"truncate", "i386", "i386", PATH, i_path, 92, 0},
    {"truncate", "i386-negative", "i386", PATH, i_path, 92, -1},
    {"truncate64", "i386", "i386", PATH, i_truncate64, 0, 0},
    {"truncate64", "i386-large", "i386", PATH, i_truncate64, -1, 0},
    {"truncate64", "i386-negative", "i386", PATH, i_truncate64, 0, -1},
    {"chmod", "i386", "i386", PATH, i_path, 15, 0600},
    {"fchmodat", "i386", "i386", AT, i_at, 306, 0600},
    {"fchmodat2", "i386", "i386", AT, i_fchmodat2, 0600, 0},
    {"fchmod", "i386", "i386", FD, i_fchmod, 0600, 0},
    {"chown", "i386-own", "i386", PATH, i_chown, 182, 0},
    {"chown", "i386-none", "i386", PATH, i_chown, 182, 1},
    {"chown", "i386-other", "i386", PATH, i_chown, 182, 2},
    {"lchown", "i386", "i386", PATH, i_chown, 16, 0},
    {"chown32", "i386-own", "i386", PATH, i_chown, 212, 0},
    {"chown32", "i386-none", "i386", PATH, i_chown, 212, 1},
    {"lchown32", "i386", "i386", PATH, i_chown, 198, 0},
    {"fchown", "i386", "i386", FD, i_fchown, 95, 0},
    {"fchown32", "i386", "i386", FD, i_fchown, 207, 0},
    {"fchownat", "i386", "i386", AT, i_fchownat, 0, 0},
    {"utime", "i386-now", "i386", PATH, i_utime, 0, 0},
    {"utime", "i386-set", "i386", PATH, i_utime, 1, 0},
    {"utimes", "i386-set", "i386", PATH, i_utimes, 1, 0},
    {"futimesat", "i386-now", "i386", AT, i_futimesat, 0, 0},
    {"utimensat", "i386-omit", "i386", AT, i_utimensat, OMIT, 0},
    {"utimensat", "i386-now", "i386", AT, i_utimensat, NOW, 0},
    {"utimensat", "i386-set", "i386", AT, i_utimensat, SET, 0},
    {"utimensat", "i386-fd", "i386", FD, i_futimens, SET, 0},
    {"utimensat_time64", "i386-omit", "i386", AT, i_utimensat64, OMIT, 0},
    {"utimensat_time64", "i386-now", "i386", AT, i_utimensat64, NOW, 0},
    {"utimensat_time64", "i386-set", "i386", AT, i_utimensat64, SET, 0},
    {"setxattr", "i386-user", "i386", PATH, i_setxattr, 226, 0},
    {"setxattr", "i386-acl", "i386", PATH, i_setxattr, 226, 3},
    {"lsetxattr", "i386", "i386", PATH, i_setxattr, 227, 0},
    {"removexattr", "i386", "i386", PATH, i_setxattr, 235, 0},
    {"fsetxattr", "i386", "i386", FD, i_fsetxattr, 228, 0},
    {"bind", "i386", "i386", PATH | FD, i_bind, 0, 0},
    {"bind", "i386-socketcall", "i386", PATH | FD, i_socketcall, 0, 0},
    {"rename", "i386", "i386", PAIR, i_pair, 38, 0},
    {"link", "i386", "i386", PAIR, i_pair, 9, 0},
    {"renameat", "i386", "i386", PAIR_AT, i_pair_at, 302, 0},
    {"renameat2", "i386", "i386", PAIR_AT, i_pair_at, 353, 1},
    {"linkat", "i386", "i386", PAIR_AT, i_pair_at, 303, AT_SYMLINK_FOLLOW},
};

// MARK: Places

struct Tree {
    const char *name;
    char path[2048];
    int copies;  // one below it for every variant, as what cells change cannot be made anew
};

static struct Tree trees[16];
static int treeCount;

// What a cell may have changed outside: parent directories, and directories of the user's.
static void restore(void) {
    if (chdir(scene) != 0)
        fail("chdir");
    chmod("s", 0755);
    for (const char **path = (const char *[]){"/tmp", "/var/tmp", "/dev/shm", 0}; *path; path++)
        chmod(*path, 01777);
    chmod("/home/builder", 0755);
    for (int n = 1; n < treeCount; n++) {
        char parent[2100];
        snprintf(parent, sizeof parent, "%s/..", trees[n].path);
        chmod(parent, 0755);
        *strrchr(parent, '/') = 0;
        *strrchr(parent, '/') = 0;
        chmod(parent, 0755);
    }
}

// Below a tree.
static const char *const shapes[] = {
    "file", "file444", "file666", "file200", "file000", "suid", "dir", "dir555", "dir000",
    "dir777", "sticky", "empty", "dir/inner", "dir/inner666", "dir/sub", "dir/new", "dir555/inner",
    "dir555/sub", "dir555/new", "dir000/inner", "dir000/new", "dir777/inner", "dir777/inner666",
    "dir777/sub", "dir777/new", "sticky/inner", "sticky/inner666", "sticky/sub", "sticky/new",
    "sticky/other", "fifo", "sock", "chr", "immutable", "append", "immutabledir",
    "immutabledir/inner", "immutabledir/new", "appenddir", "appenddir/inner", "appenddir/new",
    "link", "link444", "linkdir", "linkdir/inner", "linkdir/new", "linkabs", "dangling",
    "danglingabs", "danglingdeep", "danglingslash", "danglingtwice", "loop", "loop/x", "linkusr",
    "linkusrnew", "linketc", "linkstdout", "linkself", "linkself/comm", "linkself/fd/6",
    "linkself/fd/8", "linkfd6", "linkfd7", "linkfd8", "linknull", "new", "new/x", "file/x",
    "file/", "file/.", "file/..", "dir/", "dir/.", "dir/..", "dir/../new", "dir//new", "./file",
    "dir555/", "dir555/.", "new/", "new/.", "link/", "linkdir/", "linkdir/.", "dangling/",
    "linkusr/", ".", "..", "empty/", "empty/.",
    0};

// The same in every tree and from every directory.
static const char *const everywhere[] = {
    "", "/", "//", "/.", "/..", "/new", "/new/x", "/usr", "/usr/", "/usr/new", "/usr/new/x",
    "/usr/bin/env", "/usr/bin/env/", "/usr/bin/env/x", "/usr/bin", "/bin", "/bin/new", "/etc",
    "/etc/new", "/etc/passwd", "/etc/hosts", "/etc/hostname", "/etc/mtab", "/etc/ssl/new",
    "/root", "/root/x", "/home", "/home/new", "/home/builder", "/home/builder/new", "/opt/new",
    "/var", "/var/new", "/var/lib/dpkg/status", "/var/lib/dpkg/new", "/run", "/run/new", "/tmp",
    "/tmp/", "/tmp/.", "/tmp/..", "/tmp/new", "/tmp/new/x", "/var/tmp/new", "/dev", "/dev/new",
    "/dev/null", "/dev/null/", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/pts",
    "/dev/pts/new", "/dev/pts/ptmx", "/dev/shm", "/dev/shm/new", "/dev/stdin", "/dev/stdout",
    "/dev/stderr", "//dev/stdout", "/dev/./stdout", "/dev/../dev/stdout", "/dev/fd", "/dev/fd/",
    "/dev/fd/1", "/dev/fd/5", "/dev/fd/6", "/dev/fd/7", "/dev/fd/8", "/dev/fd/99", "/dev/fd/new",
    "/dev/fd/5/new", "/proc", "/proc/new", "/proc/self", "/proc/self/", "/proc/self/new",
    "/proc/self/fd", "/proc/self/fd/1", "/proc/self/fd/5", "/proc/self/fd/5/new",
    "/proc/self/fd/6", "/proc/self/fd/7", "/proc/self/fd/8", "/proc/self/fd/9", "/proc/self/fd/99",
    "//proc//self/fd/7", "/proc/./self/fd/8", "/proc/thread-self/fd/7", "/proc/self/../self/fd/8",
    "/proc/thread-self/comm", "/proc/self/cwd", "/proc/self/cwd/new", "/proc/self/cwd/file",
    "/proc/self/root", "/proc/self/root/usr/new", "/proc/self/root/tmp/new", "/proc/self/exe",
    "/proc/self/comm", "/proc/self/oom_score_adj", "/proc/self/mem", "/proc/self/maps",
    "/proc/self/attr/current", "/proc/self/timerslack_ns", "/proc/self/clear_refs",
    "/proc/self/environ", "/proc/self/setgroups", "/proc/self/uid_map", "/proc/self/ns/mnt",
    "/proc/1", "/proc/1/new", "/proc/1/comm", "/proc/1/oom_score_adj", "/proc/1/fd/0",
    "/proc/1/cwd", "/proc/1/cwd/new", "/proc/1/root/new", "/proc/1/mem", "/proc/mounts",
    "/proc/sys", "/proc/sys/kernel/hostname", "/proc/sys/kernel/new", "/proc/sys/vm/drop_caches",
    "/proc/sys/user/max_user_namespaces", "/proc/sysrq-trigger", "/proc/kmsg", "/proc/uptime",
    "/proc/net/new", "/proc/99999/comm", "/sys", "/sys/new",
    0};

enum Special { NORMAL, NULL_POINTER, BAD_POINTER, LONG_NAME, LONGEST_NAME, LONG_PATH, LONGEST_PATH };

static void remember(char *into, const char *text) { snprintf(into, 8192, "%s", text); }

// What the kernel may know a path by: followed, not followed, and its parent's with the name.
static void candidates(FILE *out, int dir, const char *path) {
    char link[64], found[4200];
    for (int follow = 1; follow >= 0; follow--) {
        int fd = openat(dir, path, O_PATH | (follow ? 0 : O_NOFOLLOW));
        if (fd < 0)
            continue;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t size = readlink(link, found, sizeof found - 1);
        if (size > 0)
            fprintf(out, "\t%.*s", (int)size, found);
        close(fd);
    }
}

static void would_be(FILE *out, int dir, const char *path) {
    char text[8192], found[4200], link[64], name[8192];
    snprintf(text, sizeof text, "%s", path);
    for (int links = 0; links < 8; links++) {
        size_t end = strlen(text);
        while (end > 1 && text[end - 1] == '/')
            text[--end] = 0;
        char *slash = strrchr(text, '/');
        snprintf(name, sizeof name, "%s", slash ? slash + 1 : text);
        strcpy(slash ? slash + 1 : text, ".");
        int fd = openat(dir, text, O_PATH);
        if (fd < 0)
            return;
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t size = readlink(link, found, sizeof found - 1);
        if (size > 0)
            fprintf(out, "\t%.*s%s%s", (int)size, found, size > 1 ? "/" : "", name);
        ssize_t length = readlinkat(fd, name, text, sizeof text - 1);
        if (length < 0) {
            close(fd);
            return;
        }
        text[length] = 0;
        if (text[0] == '/') {
            close(fd);
            dir = AT_FDCWD;
        } else {
            dir = fd;
        }
    }
}

static void put(FILE *out, const char *text) {
    fputc('\t', out);
    if (strlen(text) > 600)
        fprintf(out, "%.40s...", text);
    else
        fputs(text, out);
}

struct Cell {
    const struct Variant *variant;
    const char *place, *approach;
    const char *directory;  // the working directory, or the one that `dir` is of
    const char *first, *second;
    enum Special special;
    int byDescriptor;  // 0 no, 1 directory, 2 O_PATH, 3 closed, 4 a file
    int openFlags;     // of the file of an FD variant; -1 closed, -2 AT_FDCWD, -3 the number -1
};

static int prepare_descriptor(const struct Cell *cell) {
    switch (cell->openFlags) {
    case -1: return 77;
    case -2: return AT_FDCWD;
    case -3: return -1;
    }
    return openat(AT_FDCWD, cell->first, cell->openFlags | O_NONBLOCK | O_NOCTTY);
}

static const char *special_path(enum Special special, const char *directory, const char *leaf) {
    static char text[8192];
    size_t limit = special == LONG_PATH ? 4100 : 4095, length = 0;
    switch (special) {
    case LONG_NAME:
    case LONGEST_NAME:
        snprintf(text, sizeof text, "%s/", directory);
        length = strlen(text);
        memset(text + length, 'n', special == LONG_NAME ? 256 : 255);
        text[length + (special == LONG_NAME ? 256 : 255)] = 0;
        return text;
    case LONG_PATH:
    case LONGEST_PATH:
        // "././…/leaf" of exactly so many bytes.
        while (length + strlen(leaf) + 2 <= limit) {
            memcpy(text + length, "./", 2);
            length += 2;
        }
        if (length + strlen(leaf) < limit)
            text[length++] = '/';
        strcpy(text + length, leaf);
        return text;
    default: return leaf;
    }
}

static void woken(int signal) { (void)signal; }

static char kind_of(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG: return 'f';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    default: return 's';
    }
}

static void kinds(FILE *out, const struct Cell *cell, const struct Where *where) {
    char text[3] = "--";
    struct stat status;
    for (int n = 0; n < 2; n++) {
        int flags = n ? AT_SYMLINK_NOFOLLOW : 0;
        int found = cell->variant->shape & FD && where->fd >= 0 && *m.first != 0 && !(cell->variant->shape & PATH)
                        ? fstat(where->fd, &status)
                        : fstatat(where->dir, m.first, &status, flags | AT_EMPTY_PATH);
        if (found == 0)
            text[n] = kind_of(status.st_mode);
    }
    fprintf(out, "\t%s", text);
}

// Runs one cell in a child; tells whether the call succeeded.
static int run_cell(const struct Cell *cell) {
    fflush(NULL);
    pid_t child = fork();
    if (child < 0)
        fail("fork");
    if (child == 0) {
        const struct Variant *v = cell->variant;
        struct Where where = {.dir = AT_FDCWD, .dir2 = AT_FDCWD, .fd = -1};
        if (cell->directory && cell->byDescriptor == 0 && chdir(cell->directory) != 0)
            _exit(9);
        if (cell->byDescriptor == 1)
            where.dir = open(cell->directory, O_RDONLY | O_DIRECTORY);
        if (cell->byDescriptor == 2)
            where.dir = open(cell->directory, O_PATH);
        if (cell->byDescriptor == 3)
            where.dir = 88;
        if (cell->byDescriptor == 4)
            where.dir = open("/usr/bin/env", O_RDONLY);
        where.dir2 = where.dir;
        char buffer[32768];
        FILE *out = fmemopen(buffer, sizeof buffer, "w");
        const char *first = cell->first ? cell->first : "";
        const char *second = cell->second ? cell->second : "";
        remember(m.first, first);
        remember(m.second, second);
        where.path = cell->special == NULL_POINTER ? 0 : cell->special == BAD_POINTER ? 1 : (long)m.first;
        where.path2 = (long)m.second;
        if (v->shape & FD) {
            if (v->run == c_bind || v->run == i_bind || v->run == i_socketcall)
                where.fd = socket(AF_UNIX, SOCK_STREAM, 0);
            else if ((where.fd = prepare_descriptor(cell)) == -1 && cell->openFlags >= 0)
                _exit(9);
        }
        kinds(out, cell, &where);
        put(out, v->shape & FD && !(v->shape & PATH) ? "" : m.first);
        put(out, m.second);
        if (cell->special != NULL_POINTER && cell->special != BAD_POINTER) {
            candidates(out, where.dir, m.first);
            // The name in its directory, for what does not exist, and where a link would have it.
            for (int n = 0; n < 2; n++) {
                const char *text = n ? m.second : m.first;
                if (!*text || strlen(text) > 1000)
                    continue;
                candidates(out, where.dir, text);
                would_be(out, where.dir, text);
            }
        }
        // As written, for what may not be looked at.
        for (int n = 0; n < 2; n++) {
            const char *text = n ? m.second : m.first;
            if (strlen(text) > 1000)
                continue;
            if (*text == '/')
                fprintf(out, "\t%s", text);
            else if (*text)
                fprintf(out, "\t%s/%s", cell->directory ? cell->directory : scene, text);
        }
        if (where.dir >= 0 && !m.first[0]) {
            char found[4200], link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", where.dir);
            ssize_t size = readlink(link, found, sizeof found - 1);
            if (size > 0)
                fprintf(out, "\t%.*s", (int)size, found);
        }
        if (v->shape & FD && where.fd >= 0) {
            char found[4200], link[64];
            snprintf(link, sizeof link, "/proc/self/fd/%d", where.fd);
            ssize_t size = readlink(link, found, sizeof found - 1);
            if (size > 0)
                fprintf(out, "\t%.*s", (int)size, found);
        }
        if (v->shape == FD && cell->openFlags == -2) {
            char found[4200];
            ssize_t size = readlink("/proc/self/cwd", found, sizeof found - 1);
            if (size > 0)
                fprintf(out, "\t%.*s", (int)size, found);
        }
        fclose(out);
        // creat(2) of a FIFO waits for somebody who reads: not for ever.
        struct sigaction wake = {.sa_handler = woken};
        sigaction(SIGALRM, &wake, NULL);
        alarm(2);
        errno = 0;
        long result = v->run(&where, v->a, v->b);
        int error = result < 0 ? errno : 0;
        char line[40000];
        int size = snprintf(line, sizeof line, "%d\t%s\t%s\t%s\t%s\t%d%s\n", getpid(), v->call,
                            v->label, cell->place, cell->approach, error, buffer);
        if (write(results, line, (size_t)size) != size)
            _exit(8);
        _exit(result < 0);
    }
    int status;
    while (waitpid(child, &status, 0) != child)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void clean(const struct Cell *cell) {
    // New names that are not in the scene go again; the scene is made anew.
    char text[8300];
    for (int n = 0; n < 2; n++) {
        const char *path = n ? cell->second : cell->first;
        if (!path || !strstr(path, "new"))
            continue;
        if (path[0] == '/')
            snprintf(text, sizeof text, "%s", path);
        else
            snprintf(text, sizeof text, "%s/%s", cell->directory ? cell->directory : ".", path);
        size_t end = strlen(text);
        while (end > 1 && text[end - 1] == '/')
            text[--end] = 0;
        unlink(text);
        rmdir(text);
    }
    restore();
    if (!strncmp(cell->place, "own:", 4) || !strchr(cell->place, ':') || cell->variant->shape & (PAIR | PAIR_AT))
        rebuild();
}

static void cell(struct Cell c) {
    static unsigned long count, stride, offset;
    if (!stride) {
        stride = getenv("MATRIX_STRIDE") ? strtoul(getenv("MATRIX_STRIDE"), 0, 10) : 1;
        offset = getenv("MATRIX_OFFSET") ? strtoul(getenv("MATRIX_OFFSET"), 0, 10) : 0;
    }
    if (count++ % stride != offset % stride)
        return;
    if (run_cell(&c))
        clean(&c);
}

static const char *tree_path(int tree, const struct Variant *v) {
    static char text[4][2200];
    static int turn;
    turn = (turn + 1) % 4;
    if (trees[tree].copies)
        snprintf(text[turn], sizeof text[0], "%s/%d", trees[tree].path,
                 (int)(v - variants) % trees[tree].copies);
    else
        snprintf(text[turn], sizeof text[0], "%s", trees[tree].path);
    return text[turn];
}

static void one_path(const struct Variant *v) {
    char path[8192], label[4200];
    for (int tree = 0; tree < treeCount; tree++) {
        const char *root = tree_path(tree, v);
        for (const char *const *shape = shapes; *shape; shape++) {
            snprintf(label, sizeof label, "%s:%s", trees[tree].name, *shape);
            snprintf(path, sizeof path, "%s/%s", root, *shape);
            cell((struct Cell){.variant = v, .place = label, .approach = "absolute", .first = path});
            cell((struct Cell){.variant = v, .place = label, .approach = "chdir", .directory = root,
                               .first = *shape});
            if (!(v->shape & AT))
                continue;
            cell((struct Cell){.variant = v, .place = label, .approach = "dirfd", .directory = root,
                               .first = *shape, .byDescriptor = 1});
            cell((struct Cell){.variant = v, .place = label, .approach = "dirfd-path",
                               .directory = root, .first = *shape, .byDescriptor = 2});
        }
        static const struct { const char *name; enum Special special; const char *leaf; } odd[] = {
            {"null", NULL_POINTER, ""}, {"bad", BAD_POINTER, ""}, {"long-name", LONG_NAME, ""},
            {"longest-name", LONGEST_NAME, ""}, {"long-path", LONG_PATH, "new"},
            {"longest-path", LONGEST_PATH, "new"}, {"longest-path-file", LONGEST_PATH, "file444"}};
        for (size_t n = 0; n < sizeof odd / sizeof *odd; n++) {
            snprintf(label, sizeof label, "%s:%s", trees[tree].name, odd[n].name);
            cell((struct Cell){.variant = v, .place = label, .approach = "chdir", .directory = root,
                               .first = special_path(odd[n].special, root, odd[n].leaf),
                               .special = odd[n].special});
            if (v->shape & AT)
                cell((struct Cell){.variant = v, .place = label, .approach = "dirfd",
                                   .directory = root, .byDescriptor = 2,
                                   .first = special_path(odd[n].special, root, odd[n].leaf),
                                   .special = odd[n].special});
        }
        if (v->shape & AT)
            for (int kind = 3; kind <= 4; kind++)
                for (const char *const *p = (const char *[]){"file", "new", "", ".", "/usr/new", 0}; *p; p++)
                    cell((struct Cell){.variant = v, .place = *p,
                                       .approach = kind == 3 ? "closed-dirfd" : "file-dirfd",
                                       .first = *p, .byDescriptor = kind});
    }
    for (const char *const *place = everywhere; *place; place++)
        cell((struct Cell){.variant = v, .place = *place, .approach = "absolute",
                           .directory = ownTree, .first = *place});
    // From inside /proc and /dev, and from directories that may be materialised.
    static const struct { const char *directory, *path; } inside[] = {
        {"/proc", "self/fd/7"}, {"/proc", "self/fd/8"}, {"/proc", "self/comm"}, {"/proc/self", "fd/7"},
        {"/proc/self/fd", "6"}, {"/proc/self/fd", "8"}, {"/proc/self/fd", "new"}, {"/dev", "stdout"},
        {"/dev", "null"}, {"/dev", "new"}, {"/dev/fd", "7"}, {"/", "new"}, {"/", "usr/new"},
        {"/", "etc/passwd"}, {"/", "proc/self/fd/7"}, {"/", "dev/stdout"}, {"/etc", "passwd"},
        {"/etc", "new"}, {"/usr", "new"}, {"/usr", "bin"}, {"/usr/bin", "env"}, {"/usr/bin", "new"},
        {"/usr/lib", "new"}, {"/usr/lib", "../new"}, {"/usr/lib", "."}, {"/tmp", "new"}, {"/tmp", "../new"},
        {"/home", "new"}, {"/home", "builder"}, {"/run", "new"}, {"/var/lib/dpkg", "status"}};
    for (size_t n = 0; n < sizeof inside / sizeof *inside; n++) {
        snprintf(label, sizeof label, "%s:%s", inside[n].directory, inside[n].path);
        cell((struct Cell){.variant = v, .place = label, .approach = "chdir",
                           .directory = inside[n].directory, .first = inside[n].path});
    }
}

static void open_file(const struct Variant *v) {
    char path[8192], label[4200];
    static const struct { const char *name; int flags; } ways[] = {
        {"read", O_RDONLY}, {"path", O_PATH}, {"path-nofollow", O_PATH | O_NOFOLLOW}};
    static const char *const names[] = {"file", "file444", "file666", "suid", "dir", "dir555", "dir777",
                                        "sticky", "fifo", "chr", "immutable", "append", "link", "linkusr", 0};
    static const char *const absolute[] = {"/", "/usr", "/usr/bin/env", "/etc/passwd", "/etc", "/dev/null",
                                           "/dev", "/tmp", "/proc", "/proc/self", "/proc/self/comm",
                                           "/proc/self/fd/6", "/dev/stdout", "/proc/uptime", 0};
    for (size_t n = 0; n < sizeof ways / sizeof *ways; n++) {
        for (int tree = 0; tree < treeCount; tree++)
            for (const char *const *name = names; *name; name++) {
                snprintf(label, sizeof label, "%s:%s", trees[tree].name, *name);
                snprintf(path, sizeof path, "%s/%s", tree_path(tree, v), *name);
                cell((struct Cell){.variant = v, .place = label, .approach = ways[n].name,
                                   .first = path, .openFlags = ways[n].flags,
                                   .second = v->shape & PAIR ? "/tmp/new" : NULL});
                if (v->shape & PAIR) {
                    static char other[8192];
                    snprintf(other, sizeof other, "%s/dir777/new", tree_path(tree, v));
                    cell((struct Cell){.variant = v, .place = label, .approach = ways[n].name,
                                       .first = path, .openFlags = ways[n].flags, .second = other});
                }
            }
        for (const char *const *name = absolute; *name; name++)
            cell((struct Cell){.variant = v, .place = *name, .approach = ways[n].name, .first = *name,
                               .openFlags = ways[n].flags,
                               .second = v->shape & PAIR ? "/usr/new" : NULL});
    }
    static const char *const numbers[] = {"closed", "cwd", "minus-one"};
    for (int n = 0; n < 3; n++)
        for (const char *const *at = (const char *[]){"/usr", "/tmp", 0}; *at; at++)
            cell((struct Cell){.variant = v, .place = *at, .approach = numbers[n], .directory = *at,
                               .first = "", .openFlags = -1 - n,
                               .second = v->shape & PAIR ? "/usr/new" : NULL});
}

static void two_paths(const struct Variant *v, int narrow) {
    static const char *const from[] = {
        "file", "file444", "file666", "file000", "suid", "dir", "dir555", "dir777", "empty", "fifo", "chr",
        "link", "dangling", "linkself", "linkfd7", "new", "new/x", "dir/", "file/", "dir/.", "dir555/inner",
        "dir555/sub", "dir000/inner", "dir777/inner", "dir777/inner666", "dir777/sub", "sticky/inner",
        "sticky/inner666", "sticky/sub", "sticky/other", "immutable", "append", "immutabledir/inner",
        "appenddir/inner", "immutabledir", 0};
    static const char *const to[] = {
        "file", "dir", "empty", "new", "new/", "new/x", "dir/new", "dir555/new", "dir555/inner",
        "dir000/new", "dir777/new", "dir777/inner", "dir777/sub", "sticky/new", "sticky/inner",
        "sticky/sub", "sticky/other", "dangling", "link", "dir/.", "dir/..", ".", "file/x", "immutable",
        "immutabledir/new", "appenddir/new", "appenddir/inner", 0};
    static const char *const fromNarrow[] = {"file", "file444", "dir", "new", "dir555/inner", "link", 0};
    static const char *const toNarrow[] = {"file", "new", "dir555/new", "empty", "new/", 0};
    static const char *const others[] = {
        "/usr/bin/env", "/usr/new", "/etc/new", "/tmp/new", "/new", "/usr", "/etc/passwd", "/dev/null",
        "/proc/self/comm", "/proc/self/fd/7", "/dev/stdout", "/", "/home/builder", "/home/builder/new", "", 0};
    char label[4200], first[8192], second[8192];
    const char *const *sources = narrow ? fromNarrow : from;
    const char *const *ends = narrow ? toNarrow : to;
    for (int tree = 0; tree < treeCount; tree++) {
        const char *root = tree_path(tree, v);
        for (const char *const *a = sources; *a; a++) {
            for (const char *const *b = ends; *b; b++) {
                snprintf(label, sizeof label, "%s:%s>%s", trees[tree].name, *a, *b);
                if (v->shape & PAIR_AT) {
                    cell((struct Cell){.variant = v, .place = label, .approach = "dirfd",
                                       .directory = root, .byDescriptor = 2, .first = *a, .second = *b});
                } else {
                    snprintf(first, sizeof first, "%s/%s", root, *a);
                    cell((struct Cell){.variant = v, .place = label, .approach = "mixed",
                                       .directory = root, .first = first, .second = *b});
                }
            }
            // From here into another tree, and to fixed places.
            int other = (tree + 1) % treeCount;
            for (const char *const *b = toNarrow; *b; b++) {
                snprintf(label, sizeof label, "%s:%s>%s:%s", trees[tree].name, *a, trees[other].name, *b);
                snprintf(second, sizeof second, "%s/%s", tree_path(other, v), *b);
                cell((struct Cell){.variant = v, .place = label, .approach = "chdir", .directory = root,
                                   .first = *a, .second = second});
            }
            for (const char *const *b = others; *b && !narrow; b++) {
                snprintf(label, sizeof label, "%s:%s>%s", trees[tree].name, *a, *b);
                cell((struct Cell){.variant = v, .place = label, .approach = "chdir", .directory = root,
                                   .first = *a, .second = *b});
            }
        }
        for (const char *const *a = others; *a; a++)
            for (const char *const *b = toNarrow; *b; b++) {
                snprintf(label, sizeof label, "%s>%s:%s", *a, trees[tree].name, *b);
                cell((struct Cell){.variant = v, .place = label, .approach = "chdir", .directory = root,
                                   .first = *a, .second = *b});
            }
    }
    for (const char *const *a = others; *a; a++)
        for (const char *const *b = others; *b; b++) {
            snprintf(label, sizeof label, "%s>%s", *a, *b);
            cell((struct Cell){.variant = v, .place = label, .approach = "chdir", .directory = ownTree,
                               .first = *a, .second = *b});
        }
}

// RESULTS SET[:INDEX/COUNT] [NAME=DIR | NAME*COPIES=DIR]...
int main(int argc, char **argv) {
    if (argc == 4 && !strcmp(argv[1], "prepare"))
        return prepare(argv[2], argv[3]);
    // How many variants a set has, so that a long set can be run in parts.
    if (argc == 3 && !strcmp(argv[1], "variants")) {
        int count = 0;
        for (size_t n = 0; n < sizeof variants / sizeof *variants; n++)
            count += !strcmp(variants[n].set, argv[2]);
        printf("%d\n", count);
        return 0;
    }
    if (argc < 4 || strcmp(argv[1], "run")) {
        fprintf(stderr, "usage: matrix prepare DIR UID | run RESULTS SET[:FROM-TO] NAME[*COPIES]=DIR...\n");
        return 2;
    }
    umask(022);
    ownUser = getuid();
    ownGroup = getgid();
    if (!getcwd(scene, sizeof scene))
        fail("getcwd");
    snprintf(ownTree, sizeof ownTree, "%s/s/w", scene);
    int fd = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd < 0)
        fail(argv[2]);
    results = fcntl(fd, F_DUPFD, 200);
    close(fd);
    char set[64];
    unsigned first = 0, last = 100000;
    if (sscanf(argv[3], "%63[^:]:%u-%u", set, &first, &last) < 1)
        return 2;
    trees[treeCount++] = (struct Tree){.name = "own"};
    strcpy(trees[0].path, ownTree);
    for (int n = 4; n < argc; n++) {
        char *equals = strchr(argv[n], '='), *star = strchr(argv[n], '*');
        *equals = 0;
        if (star)
            *star = 0;
        trees[treeCount] = (struct Tree){.name = argv[n], .copies = star ? atoi(star + 1) : 0};
        strcpy(trees[treeCount++].path, equals + 1);
    }
    rebuild();
    // Descriptors that paths name: a directory, a file of the system, own ones for reading and both.
    if (dup2(open("/usr/lib", O_RDONLY), 5) != 5 || dup2(open("/usr/bin/env", O_RDONLY), 6) != 6)
        fail("open");
    static char own[2200];
    snprintf(own, sizeof own, "%s/fds", scene);
    file_at(AT_FDCWD, own, 0644);
    if (dup2(open(own, O_RDONLY), 7) != 7 || dup2(open(own, O_RDWR), 8) != 8)
        fail("open");
    int ends[2];
    if (pipe(ends) != 0 || dup2(ends[1], 9) != 9)
        fail("pipe");
    unsigned index = 0;
    for (size_t n = 0; n < sizeof variants / sizeof *variants; n++) {
        const struct Variant *v = &variants[n];
        if (strcmp(v->set, set))
            continue;
        unsigned at = index++;
        if (at < first || at > last)
            continue;
        if (v->shape & (PATH | AT))
            one_path(v);
        else if (v->shape & FD)
            open_file(v);
        else
            two_paths(v, !strcmp(set, "i386"));
    }
    return 0;
}
