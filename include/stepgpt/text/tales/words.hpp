// The words of the tales: what may fill a {slot} or a [choice] of a plot.
//
// A row is a list of words, separated by commas, and the names under which plots use it. A list with several names
// fills several slots, never with the same word twice in a story: {hero} and {friend} are different children. In a
// list of somebody, `she:`, `he:`, `they:` and `it:` say which pronoun belongs to the names after it. The lists that
// plots draw from anew, in [ ], are named after one of their words, so that a plot still reads as a sentence.
//
// To add a word, add it here; every probability follows. A word that takes the article of the other sound (hour,
// unicorn) does not belong here: `a` and `an` go by the first letter.
#pragma once

#include <stepgpt/text/tales/grammar.hpp>

namespace stepgpt {

inline constexpr word_list tale_words[] = {
    // somebody
    {"hero friend", "she: Grandma, Anna, Clara, Ella, Grace, Ida, Iris, Lily, "
                    "Mia, Nora, Olga, Rosa, Ruth, Tess, Vera, Zoe, "
                    "he: Grandpa, Adam, Ben, Carl, Emil, Felix, Finn, Hugo, "
                    "Jack, Leo, Max, Oscar, Paul, Sam, Tom, Will"},
    {"folk", "she: queen, witch, princess, weaver, nurse, mermaid, "
             "he: king, miller, prince, giant, woodcutter, wizard, "
             "they: twins, dwarfs, shepherds, pirates, sisters, sailors"},
    {"beast", "it: fox, bear, wolf, crow, hare, badger, frog, squirrel, lion, goose, rat, owl, hedgehog, stork, "
              "eagle, mole, donkey, tiger, camel, turtle"},

    // things and places
    {"thing", "kite, ball, drum, boat, train, puppet, robot, whistle, doll, lantern, flute, wagon, puzzle, mask, "
              "umbrella, engine, coin, ring, map, book, feather, bell, clock, crown, mirror, pearl, compass, arrow, "
              "key, coat, hat, scarf, shirt, cloak, apron, jacket, blanket, pillow, basket, candle, ladder, spoon, "
              "necklace, carpet"},
    {"fruit", "apples, pears, plums, cherries, nuts, berries, carrots, beans, mushrooms, oranges, onions, melons, "
              "eggs, cakes, pies, pancakes, lemons, biscuits"},
    {"colour colour2", "red, blue, green, yellow, orange, purple, white, black, pink, brown, grey, violet, scarlet, "
                       "crimson, silver, golden"},
    {"number", "two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, twenty"},
    {"place", "the park, the beach, the market, the mill, the harbour, the forest, the meadow, the lighthouse, "
              "the castle, the bridge, the station, the farm, the pond, the library, the river, the garden"},

    // drawn anew each time
    {"here", "under a bench, behind a tree, beside the fence, on a rock, in the grass, near the gate, under a bush, "
             "by the water, on the wall, behind a barrel, beside the road, near the well"},
    {"upstairs", "under the bed, behind the door, in the attic, in the cellar, under the stairs, "
                 "behind the curtain, in the cupboard, beside the stove, under the table, "
                 "on the shelf, by the window, on the sofa"},
    {"monday", "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"},
    {"morning", "morning, evening, day, afternoon"},
    {"sunny", "sunny, rainy, windy, cold, warm, cloudy, foggy, bright, frosty, stormy, mild, icy, misty, hot, "
              "clear, fine, snowy, cool, dark, dull"},
    {"shiny", "shiny, dusty, tiny, broken, strange, heavy, painted, old, lovely, odd, round, wooden, empty, noisy, "
              "huge, wet, light, pretty, sticky, ugly, soft, magic, little, dirty"},
    {"happy", "happy, glad, proud, cheerful, delighted, pleased, merry, thankful, excited, joyful, relieved, "
              "amazed, hopeful, content, grateful, overjoyed, charmed, thrilled, calm, jolly"},
    {"sad", "sad, worried, unhappy, sorry, upset, lonely, gloomy, angry, afraid, tired, cross, puzzled, bored, "
            "nervous, shocked, grumpy, furious, ashamed, hurt, confused"},
    {"kind", "kind, clever, brave, gentle, friendly, polite, patient, wise, funny, quiet, sleepy, lazy, silly, shy, "
             "curious, hungry, good, young, tall, famous, rich, careful, busy, fat, bold, greedy, sly"},
    {"quickly", "quickly, quietly, slowly, carefully, gently, bravely, eagerly, calmly, boldly, silently, proudly, "
                "politely, gladly, softly, kindly, loudly, sweetly, wildly, firmly, wisely, happily, sadly, "
                "nervously, cheerfully, lazily, secretly, merrily, solemnly, warmly, shyly"},
    {"said", "said, cried, whispered, shouted, called, laughed, sang, murmured, sighed, muttered, yelled, giggled, "
             "growled, wept, screamed, hummed, roared, moaned, mumbled, grunted, gasped, squeaked, hissed, chuckled"},
    {"walked", "walked, ran, hurried, raced, marched, danced, wandered, rode, rushed, jumped, skipped, crept, "
               "strolled, hopped, sailed, trotted, limped, climbed, flew, crawled, dashed, sneaked, swam, rolled"},
    {"thanked", "thanked, hugged, kissed, praised, followed, invited, tickled, carried, cheered, admired"},
    {"later", "soon, later, afterwards, meanwhile, finally, suddenly, at noon, at last, that night, that evening, "
              "after lunch, before long, at midnight, next morning, after supper, in spring"},
    {"hooray", "hooray, wonderful, bravo, splendid, thanks, lovely, perfect, look"},
    {"alas", "alas, goodness, bother, oh no, oh dear, help"},
};

}  // namespace stepgpt
