"""Mistakes of a simulated learner on a few hundred examples, searched by ask_tell and by Optuna.

    python mistakes.py "path/to/ask_tell --sampler bayesian" 0 20
    python mistakes.py tpe 0 20        # Optuna's samplers: random, tpe, gp
    python mistakes.py gp 0 20 smooth  # a part of the kinds

The learner has five parameters between 0 and 1, and its true error is 0.05 plus a weighted square
distance from a best config, smooth or in steps of an eighth. Every trial counts mistakes on the same
examples. Prints the true error of the first best trial above 0.05, in percent, with its standard error,
and how many of the 50 trials have the best value. Needs `pip install optuna scipy torch` for Optuna.
"""
import json
import math
import shlex
import statistics
import subprocess
import sys

PARAMETERS = 5
TRIALS = 50
MASK = (1 << 64) - 1


def unit(seed):
    """A number in [0, 1) that belongs to a seed (splitmix64)."""
    z = (seed * 0x9E3779B97F4A7C15 + 0x1234567) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)


def true_error(kind, seed, x):
    total = 0.0
    for i in range(PARAMETERS):
        away = abs(x[i] - (0.1 + 0.8 * unit(seed * 100 + i)))
        if kind == "steps":
            away = math.floor(8 * away) / 8
        total += [1.0, 0.6, 0.4, 0.2, 0.0][(i + seed) % PARAMETERS] * away * away
    return 0.05 + 0.6 * min(total, 0.7)


def measured_error(kind, seed, x, examples):
    error, mistakes = true_error(kind, seed, x), 0
    for example in range(examples):
        difficulty = unit(seed * 7919 + example + 13)
        # Which examples are hard depends a little on the config.
        shift = 0.02 * math.sin(6 * (x[example % PARAMETERS] + difficulty)) if kind == "smooth" else 0.0
        mistakes += difficulty < error + shift
    return mistakes / examples


def ours(command, seed, objective):
    program = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def call(**message):
        program.stdin.write(json.dumps(message) + "\n")
        program.stdin.flush()
        return json.loads(program.stdout.readline())

    space = [{"name": f"x{i}", "type": "float", "low": 0.0, "high": 1.0, "log": False} for i in range(PARAMETERS)]
    call(op="init", seed=seed, budget=TRIALS, direction="minimize", space=space)
    for _ in range(TRIALS):
        asked = call(op="ask")
        value = objective([asked["params"][f"x{i}"] for i in range(PARAMETERS)])
        call(op="tell", id=asked["id"], value=value)
    program.kill()
    program.wait()


def optunas(name, seed, objective):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers = {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler,
                "gp": optuna.samplers.GPSampler}
    study = optuna.create_study(sampler=samplers[name](seed=seed))
    study.optimize(
        lambda trial: objective([trial.suggest_float(f"x{i}", 0.0, 1.0) for i in range(PARAMETERS)]),
        n_trials=TRIALS,
    )


def main():
    name, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    search = optunas if name in ("random", "tpe", "gp") else ours
    for kind in sys.argv[4:] or ["smooth", "steps"]:
        for examples in (100, 300, 1000):
            excess, at_best = [], []
            for seed in range(first, last):
                seen = []

                def objective(x):
                    value = measured_error(kind, seed, x, examples)
                    seen.append((value, x))
                    return value

                search(name, seed, objective)
                best, config = min(seen, key=lambda one: one[0])
                excess.append(100 * (true_error(kind, seed, config) - 0.05))
                at_best.append(sum(value == best for value, _ in seen))
            error = statistics.stdev(excess) / len(excess) ** 0.5
            print(f"{kind} {examples}: {statistics.mean(excess):.2f} ± {error:.2f}, "
                  f"at best {statistics.mean(at_best):.1f}", flush=True)


if __name__ == "__main__":
    main()
