#define _GNU_SOURCE
#include "CLinuxShims.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

// Headers older than the running kernel lack these.
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_file_getattr
#define SYS_file_getattr 468
#endif
#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif

pid_t pks_clone3(uint64_t flags, int *pidfd, int exitSignal) {
    struct clone_args arguments = {
        .flags = flags | (pidfd ? CLONE_PIDFD : 0),
        .pidfd = (uint64_t)(uintptr_t)pidfd,
        .exit_signal = (uint64_t)exitSignal,
    };
    return (pid_t)syscall(SYS_clone3, &arguments, sizeof arguments);
}

int pks_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int pks_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int pks_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
    return prctl(option, a, b, c, d);
}

// All three of real, effective and saved: there is no way back.
int pks_setresuid(uid_t uid) { return setresuid(uid, uid, uid); }

int pks_setresgid(gid_t gid) { return setresgid(gid, gid, gid); }

int pks_pipe(int *ends) { return pipe2(ends, O_CLOEXEC); }

int pks_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int pks_setgroups(size_t count, const gid_t *groups) { return setgroups(count, groups); }

int pks_close_range(unsigned first, unsigned last, unsigned flags) {
    return (int)syscall(SYS_close_range, first, last, flags);
}

int pks_process_vm_readv(pid_t pid, void *local, size_t count, uint64_t remote, ssize_t *got) {
    struct iovec into = {local, count}, from = {(void *)(uintptr_t)remote, count};
    *got = process_vm_readv(pid, &into, 1, &from, 1, 0);
    return *got < 0 ? -1 : 0;
}

int pks_open_tree(int dirfd, const char *path, unsigned flags) {
    return (int)syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC);
}

int pks_move_mount(int fromDirfd, const char *from, int toDirfd, const char *to, unsigned flags) {
    return (int)syscall(SYS_move_mount, fromDirfd, from, toDirfd, to, flags);
}

int pks_mount_setattr(int dirfd, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                      uint64_t propagation, int usernsFd) {
    struct mount_attr attributes = {
        .attr_set = set,
        .attr_clr = clear,
        .propagation = propagation,
        .userns_fd = (uint64_t)usernsFd,
    };
    return (int)syscall(SYS_mount_setattr, dirfd, path, flags, &attributes, sizeof attributes);
}

int pks_fsopen(const char *type) { return (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC); }

int pks_fsconfig_string(int fd, const char *key, const char *value) {
    return (int)syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, key, value, 0);
}

int pks_fsconfig_flag(int fd, const char *key) {
    return (int)syscall(SYS_fsconfig, fd, FSCONFIG_SET_FLAG, key, NULL, 0);
}

int pks_fsconfig_create(int fd) {
    return (int)syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
}

int pks_fsmount(int fd, unsigned attributes) {
    return (int)syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes);
}

int pks_pivot_root(const char *newRoot, const char *putOld) {
    return (int)syscall(SYS_pivot_root, newRoot, putOld);
}

int pks_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
    return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

int pks_mount_facts(int fd, const char *path, uint64_t *flags, uint64_t *type) {
    struct statfs information;
    if ((path ? statfs(path, &information) : fstatfs(fd, &information)) != 0)
        return -1;
    *flags = (uint64_t)information.f_flags;
    *type = (uint64_t)information.f_type;
    return 0;
}

int pks_status_of(int dirfd, const char *path, int flags, struct pks_status *status) {
    struct statx raw;
    unsigned wanted = STATX_BASIC_STATS | 0x1000 /* STATX_MNT_ID */;
    if (statx(dirfd, path, flags | AT_NO_AUTOMOUNT, wanted, &raw) != 0)
        return -1;
    *status = (struct pks_status){
        .mode = raw.stx_mode,
        .uid = raw.stx_uid,
        .gid = raw.stx_gid,
        .device = (uint64_t)raw.stx_dev_major << 32 | raw.stx_dev_minor,
        .inode = raw.stx_ino,
        .size = raw.stx_size,
        .mount = raw.stx_mnt_id,
        .attributes = raw.stx_attributes,
        .changed = raw.stx_ctime.tv_sec,
    };
    return 0;
}

int pks_faccessat2(int dirfd, const char *path, int mode, int flags) {
    return (int)syscall(SYS_faccessat2, dirfd, path, mode, flags);
}

int pks_seccomp_load(unsigned flags, unsigned short count, const void *instructions) {
    struct sock_fprog program = {count, (struct sock_filter *)instructions};
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

int pks_seccomp_sizes(uint16_t *notification, uint16_t *response, uint16_t *data) {
    struct seccomp_notif_sizes sizes;
    if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0)
        return -1;
    *notification = sizes.seccomp_notif;
    *response = sizes.seccomp_notif_resp;
    *data = sizes.seccomp_data;
    return 0;
}

int pks_notification_receive(int fd, void *notification) {
    return ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, notification);
}

int pks_notification_send(int fd, void *response) {
    return ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, response);
}

int pks_notification_valid(int fd, uint64_t id) {
    return ioctl(fd, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
}

int pks_notification_sync_wakeup(int fd) {
    return ioctl(fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS, (unsigned long)1);
}

ssize_t pks_send_message(int fd, const void *data, size_t size, const int *fds, size_t count) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(8 * sizeof(int))];
    } control;
    struct iovec vector = {(void *)data, size};
    struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
    if (count > 8) {
        errno = EINVAL;
        return -1;
    }
    if (count > 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = control.space;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(header), fds, count * sizeof(int));
    }
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

ssize_t pks_receive_message(int fd, void *data, size_t capacity, int *fds, size_t fdCapacity,
                            size_t *count, int flags) {
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(8 * sizeof(int))];
    } control;
    struct iovec vector = {data, capacity};
    struct msghdr message = {
        .msg_iov = &vector,
        .msg_iovlen = 1,
        .msg_control = control.space,
        .msg_controllen = sizeof control.space,
    };
    *count = 0;
    ssize_t size = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
    if (size < 0)
        return size;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        size_t received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        const unsigned char *bytes = CMSG_DATA(header);
        for (size_t i = 0; i < received; i++) {
            int descriptor;
            memcpy(&descriptor, bytes + i * sizeof(int), sizeof(int));
            if (*count < fdCapacity)
                fds[(*count)++] = descriptor;
            else
                close(descriptor);
        }
    }
    return size;
}

int pks_ioctl(int fd, unsigned long request, void *argument) {
    return ioctl(fd, request, argument);
}

int pks_ioctl_int(int fd, unsigned long request, int argument) {
    return ioctl(fd, request, argument);
}

int pks_fcntl(int fd, int command, int argument) { return fcntl(fd, command, argument); }

int pks_interface_up(const char *name) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    int result = ioctl(fd, SIOCSIFFLAGS, &request);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

int pks_inode_flags(int fd, unsigned *flags) { return ioctl(fd, FS_IOC_GETFLAGS, flags); }

int pks_file_attributes(const char *path, int flags) {
    uint64_t attributes[3];
    return (int)syscall(SYS_file_getattr, AT_FDCWD, path, attributes, sizeof attributes, flags);
}

int pks_duplicate(int fd, int number) { return dup3(fd, number, O_CLOEXEC); }

int pks_clone_file(int destination, int source) { return ioctl(destination, FICLONE, source); }

int pks_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }

int pks_openat(int dirfd, const char *path, int flags, mode_t mode) {
    return openat(dirfd, path, flags, mode);
}

const char *pks_errno_name(int error) { return strerrorname_np(error); }

const unsigned long pks_open_path_flag = O_PATH, pks_open_tmpfile_flag = O_TMPFILE;
