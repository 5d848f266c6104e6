"""Say what is strange about a log-in: by plain rules, and by a score where there is one."""

from domain.identity.login_features import LoginFeatures

# Fewer log-ins than this are no habit: the score is not asked, the rules alone speak.
LOGINS_MIN = 20
# Nobody travels faster; below the distance an address's place is too rough to tell.
TRAVEL_KMH = 1_000.0
TRAVEL_KM = 100.0
GUESSES = 5

TRAVEL = "too far from the last log-in for the time between"
STRANGER = "a new device in a new network"
GUESSED = "a new device after several wrong passwords"
UNUSUAL = "unlike your other log-ins"
UNJUDGED = "log-ins could not be compared"


def ruled_strange(features: LoginFeatures) -> tuple[str, ...]:
    """Return what the rules find strange; nothing for most log-ins."""
    found = []
    away, speed = features.distance_km, features.speed_kmh
    if away is not None and speed is not None and away >= TRAVEL_KM and speed > TRAVEL_KMH:
        found.append(TRAVEL)
    if features.new_device and features.new_network:
        found.append(STRANGER)
    if features.new_device and features.failures >= GUESSES:
        found.append(GUESSED)
    return tuple(found)
