"""Samples, and how they are shown."""

from statistics import median


class Samples:
    """The measurements of one command, in seconds, in the order they were made."""

    def __init__(self):
        self.wall = []
        self.cpu = []

    def add(self, measurement):
        self.wall.append(measurement.wall)
        self.cpu.append(measurement.cpu)

    def summary(self):
        return {
            "median": median(self.wall),
            "min": min(self.wall),
            "max": max(self.wall),
            "cpu_median": median(self.cpu),
            "wall": self.wall,
            "cpu": self.cpu,
        }


def ratios(samples, reference):
    """How many times as long as `reference`, by three measures.

    `paired` compares only runs of the same round, so a machine that is busier for a while
    disturbs it least.
    """
    return {
        "median": median(samples.wall) / median(reference.wall),
        "min": min(samples.wall) / min(reference.wall),
        "paired": median(a / b for a, b in zip(samples.wall, reference.wall)),
        "cpu": median(samples.cpu) / median(reference.cpu),
    }


def orders(names, rounds):
    """The names once per round: each takes each place equally often, forwards and backwards."""
    for number in range(rounds):
        turn = number % len(names)
        order = names[turn:] + names[:turn]
        yield order if number // len(names) % 2 == 0 else order[::-1]


def table(samples, reference, scale, unit):
    """Prints a row per command: wall-clock time, and ratios to `reference`."""
    columns = ("median", "min", "max", "cpu")
    print(f"  {'':<12}{f'time in {unit}':<36}    of {reference}'s")
    print(f"  {'':<12}" + "".join(f"{column:>9}" for column in columns), end="    ")
    print("".join(f"{column:>9}" for column in ("median", "paired", "min", "cpu")))
    for name, own in samples.items():
        times = [median(own.wall), min(own.wall), max(own.wall), median(own.cpu)]
        relative = ratios(own, samples[reference])
        print(f"  {name:<12}" + "".join(f"{time * scale:>9.2f}" for time in times), end="    ")
        print("".join(f"{ratio:>9.3f}" for ratio in relative.values()))


def verdict(what, value, goal, unit=""):
    """One line that says whether a goal is met; lower is better."""
    word = "met" if value <= goal else "missed"
    print(f"  {what}: {value:.3f}{unit}, goal {goal}{unit}: {word}")
    return {"value": value, "goal": goal, "met": value <= goal}
