// What Swift cannot import: system calls without a wrapper in glibc, variadic functions, and
// constants that are function-like macros. No policy and no allocation; every function returns
// what the system call returns, with errno set.
#pragma once

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/xattr.h>

#pragma clang assume_nonnull begin

// Processes and namespaces: clone3(2), pidfd_open(2), pidfd_send_signal(2), prctl(2), setgroups(2).
pid_t pks_clone3(uint64_t flags, int *_Nullable pidfd, int exitSignal);
int pks_pidfd_open(pid_t pid);
int pks_pidfd_send_signal(int pidfd, int signal);
int pks_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int pks_setresuid(uid_t uid);
int pks_setresgid(gid_t gid);
int pks_pipe(int *ends);
int pks_memory_file(const char *name);
int pks_setgroups(size_t count, const gid_t *_Nullable groups);
int pks_close_range(unsigned first, unsigned last, unsigned flags);
int pks_process_vm_readv(pid_t pid, void *local, size_t count, uint64_t remote, ssize_t *got);

// The mount API: open_tree(2), move_mount(2), mount_setattr(2), fsopen(2), fsconfig(2),
// fsmount(2), pivot_root(2), openat2(2), faccessat2(2), statx(2).
int pks_open_tree(int dirfd, const char *path, unsigned flags);
int pks_move_mount(int fromDirfd, const char *from, int toDirfd, const char *to, unsigned flags);
int pks_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                      uint64_t propagation, int usernsFd);
int pks_fsopen(const char *type);
int pks_fsconfig_string(int fd, const char *key, const char *value);
int pks_fsconfig_flag(int fd, const char *key);
int pks_fsconfig_create(int fd);
int pks_fsmount(int fd, unsigned attributes);
int pks_pivot_root(const char *newRoot, const char *putOld);
int pks_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
// The mount that holds a file, or the open file where `path` is null: its ST_ flags and the magic
// number of its file system; statfs(2).
int pks_mount_facts(int fd, const char *_Nullable path, uint64_t *flags, uint64_t *type);
// What statx(2) says of a file; `attributes` are its STATX_ATTR_ bits.
struct pks_status {
    uint32_t mode, uid, gid;
    uint64_t device, inode, size, mount, attributes;
    int64_t changed;
};
int pks_status_of(int dirfd, const char *path, int flags, struct pks_status *status);
int pks_faccessat2(int dirfd, const char *path, int mode, int flags);

// seccomp(2) and its user notifications, seccomp_unotify(2).
int pks_seccomp_load(unsigned flags, unsigned short count, const void *instructions);
int pks_seccomp_sizes(uint16_t *notification, uint16_t *response, uint16_t *data);
int pks_notification_receive(int fd, void *notification);
int pks_notification_send(int fd, void *response);
int pks_notification_valid(int fd, uint64_t id);
int pks_notification_sync_wakeup(int fd);

// Descriptors over a Unix socket, unix(7). `fds` holds `capacity` entries; the number received
// is stored in `count`.
ssize_t pks_send_message(int fd, const void *data, size_t size, const int *_Nullable fds,
                         size_t count);
ssize_t pks_receive_message(int fd, void *data, size_t capacity, int *fds, size_t fdCapacity,
                            size_t *count, int flags);

// Terminals, network interfaces and inode attributes: variadic ioctl(2) and fcntl(2).
int pks_ioctl(int fd, unsigned long request, void *_Nullable argument);
int pks_ioctl_int(int fd, unsigned long request, int argument);
int pks_fcntl(int fd, int command, int argument);
int pks_interface_up(const char *name);
int pks_inode_flags(int fd, unsigned *flags);
// Whether a file has inode attributes at all, 0 if so; file_getattr(2).
int pks_file_attributes(const char *path, int flags);
int pks_duplicate(int fd, int number);
int pks_clone_file(int destination, int source);
int pks_open(const char *path, int flags, mode_t mode);
int pks_openat(int dirfd, const char *path, int flags, mode_t mode);

const char *_Nullable pks_errno_name(int error);
extern const unsigned long pks_open_path_flag, pks_open_tmpfile_flag;

enum {
    PKS_NEWNS = 0x00020000,
    PKS_NEWCGROUP = 0x02000000,
    PKS_NEWUTS = 0x04000000,
    PKS_NEWIPC = 0x08000000,
    PKS_NEWUSER = 0x10000000,
    PKS_NEWPID = 0x20000000,
    PKS_NEWNET = 0x40000000,
    PKS_OPEN_TREE_CLONE = 1,
    PKS_AT_RECURSIVE = 0x8000,
    PKS_AT_EMPTY_PATH = 0x1000,
    PKS_AT_SYMLINK_NOFOLLOW = 0x100,
    PKS_MOVE_FROM_EMPTY = 0x4,
    PKS_MOVE_TO_EMPTY = 0x40,
    PKS_MOUNT_RDONLY = 0x1,
    PKS_MOUNT_NOSUID = 0x2,
    PKS_MOUNT_NODEV = 0x4,
    PKS_MOUNT_NOEXEC = 0x8,
    PKS_MOUNT_IDMAP = 0x00100000,
    PKS_RESOLVE_IN_ROOT = 0x10,
    PKS_RESOLVE_NO_SYMLINKS = 0x04,
    PKS_RESOLVE_BENEATH = 0x08,
    PKS_FILTER_NEW_LISTENER = 0x8,
    PKS_FILTER_WAIT_KILLABLE = 0x20,
    PKS_NOTIFICATION_CONTINUE = 1,
    PKS_ATTRIBUTE_IMMUTABLE = 0x10,
    PKS_ATTRIBUTE_APPEND = 0x20,
};

#pragma clang assume_nonnull end
