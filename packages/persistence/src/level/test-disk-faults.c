// Preloaded into a process under test to make faults that a healthy disk never shows. By the time
// LevelDB calls fdatasync for its log, it has written the bytes to the file.
//
// FAIL_FSYNC_WHILE=path  the call fails with EIO for as long as `path` exists
// KILL_AT_FSYNC=n        the process dies at the n-th call
// FAIL_READ_WHILE=path   tables, which LevelDB maps into memory, cannot be for as long, nor read: EIO;
//                        where the file at `path` names one of them, only that one
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ends_in(int fd, const char *end) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < (ssize_t)strlen(end)) return 0;
  path[length] = 0;
  return strcmp(path + length - strlen(end), end) == 0;
}

static int fails_to_read(int fd) {
  const char *trigger = fd < 0 ? NULL : getenv("FAIL_READ_WHILE");
  if (trigger == NULL || !ends_in(fd, ".ldb")) return 0;
  int file = open(trigger, O_RDONLY);
  if (file < 0) return 0;
  char name[256];
  ssize_t length = syscall(SYS_read, file, name, sizeof name - 1);
  close(file);
  name[length < 0 ? 0 : length] = 0;
  if (!ends_in(fd, name)) return 0;
  errno = EIO;
  return 1;
}

ssize_t read(int fd, void *buffer, size_t length) {
  return fails_to_read(fd) ? -1 : syscall(SYS_read, fd, buffer, length);
}

ssize_t pread64(int fd, void *buffer, size_t length, off64_t offset) {
  return fails_to_read(fd) ? -1 : syscall(SYS_pread64, fd, buffer, length, offset);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  if (fails_to_read(fd)) return MAP_FAILED;
  // Called before anything can be looked up.
  return (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
}

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  return mmap(address, length, protection, flags, fd, offset);
}

int fdatasync(int fd) {
  static int (*real)(int);
  static int calls;
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  if (!ends_in(fd, ".log")) return real(fd);
  const char *trigger = getenv("FAIL_FSYNC_WHILE");
  if (trigger != NULL && access(trigger, F_OK) == 0) {
    errno = EIO;
    return -1;
  }
  const char *death = getenv("KILL_AT_FSYNC");
  calls += 1;
  if (death != NULL && calls == atoi(death)) kill(getpid(), SIGKILL);
  return real(fd);
}
