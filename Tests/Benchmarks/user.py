"""Who the measured commands run as."""

import os
import pwd


def become_ordinary(work):
    """Started by root, gives `work` to a user id that nobody has and becomes that user for good.

    Doing it here, once, keeps setpriv or su out of every measured command. Returns the user id.
    """
    if os.getuid() != 0:
        return os.getuid()
    user = 60700
    while is_taken(user):
        user += 1
    for directory, _, files in os.walk(work):
        for path in [directory] + [os.path.join(directory, name) for name in files]:
            os.chown(path, user, user, follow_symlinks=False)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    return user


def is_taken(user):
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True
