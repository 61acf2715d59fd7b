export const waterfallSection = '<section id="waterfall"></section>'
