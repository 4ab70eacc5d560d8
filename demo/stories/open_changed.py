from demo.story import Story, confirm, dust_up, edit, full_clean, offer, revise, spot_clean

STORIES = (
    Story(
        "olivia",
        "Whole flat, and the cat stays in",
        "Four rooms, wooden floors, no shoes. Minou hides under the bed; leave her there and all is well.",
        full_clean("19.00", "4"),
        posted="-9 20:35",
        starts="+6 09:00",
        steps=(
            offer("-8 07:50", "carl", "20.00", "Four rooms in four hours, and I am fond of cats."),
            offer("-8 18:15", "cora", "19.00", "No bleach with me, so nothing that hurts her paws."),
            edit("-5 21:20", starts_at="+9 13:30"),
            confirm("-4 07:40", "carl"),
            offer("-2 20:55", "elif", "18.00", "The afternoon suits me well. I ask for an hour more, I am slow."),
        ),
    ),
    Story(
        "noor",
        "Empty flat between two tenants",
        "Forty-five square metres, no furniture. The oven is the worst of it.",
        full_clean("20.00", "4", area="moving_out"),
        posted="-8 12:25",
        starts="+12 10:00",
        steps=(
            offer("-7 19:30", "tomas", "22.00", "Windows inside and out are included, of course."),
            offer("-7 21:10", "jules", "21.00", "I am two tram stops away."),
            edit("-4 12:05", rate="22.00", description="Forty-five square metres, no furniture. Oven and fridge."),
            revise("-3 17:45", "jules", "21.50", "With the fridge, then. I can fetch the keys the evening before."),
        ),
    ),
    Story(
        "wout",
        "Three rooms above the shop",
        "My own rooms, which come last every week.",
        dust_up("18.00", "2"),
        posted="-6 19:45",
        starts="+15 18:00",
        steps=(
            offer("-5 10:30", "cora", "19.00", "I could combine it with a job near the station."),
            offer("-4 12:50", "kofi", "17.50", "We spend that week at the coast."),
            edit("-2 08:15", hours="3.5"),
        ),
    ),
    Story(
        "bram",
        "Bathroom tiles and the grout between them",
        "White once. I have a steam cleaner that I never understood.",
        spot_clean("18.00", "3", area="bathroom"),
        posted="-12 20:10",
        starts="+3 10:00",
        steps=(
            offer("-11 09:40", "amina", "19.00", "I understand steam cleaners."),
            edit("-8 19:25", starts_at=""),
            confirm("-7 13:55", "amina"),
            offer("-6 18:05", "pieter_87", "17.00", "Can do any evening."),
            edit("-1 20:30", rate="20.00"),
        ),
    ),
    Story(
        "lotte_c",
        "My room before my parents see it",
        "Eighteen square metres, of which I can see about four.",
        dust_up("15.00", "2", area="bedroom"),
        posted="-4 22:35",
        starts="+2 11:00",
        steps=(
            offer("-3 14:20", "mira", "16.00", "Laundry basket left, bin bag right. We will find the floor."),
            edit("-2 22:50", name="My room before my parents see it (they come at three)"),
        ),
    ),
)
