from core.photos import PhotoStorage

SMALL, LARGE = SIDES = 96, 288
PROFILE_PHOTOS = PhotoStorage("default", SIDES, is_square=True)
